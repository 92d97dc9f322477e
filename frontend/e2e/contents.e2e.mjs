import assert from "node:assert/strict";

import { answersOf, apart, arrived, card, choose, cornerOf, handOver, openStudy, rasterOf, saved, sliceOf, tool, until } from "./helpers.mjs";

/** A film of a moving square, as the browser itself writes it. */
const makeFilm = (page) =>
  page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
    const context = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/mp4" });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((done) => (recorder.onstop = done));
    recorder.start();
    for (let frame = 0; frame < 20; frame += 1) {
      context.fillStyle = frame % 2 ? "#fff" : "#08f";
      context.fillRect(frame, frame, 30, 20);
      await new Promise((later) => setTimeout(later, 40));
    }
    recorder.stop();
    await stopped;
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });

async function attachFilm(server, bytes) {
  const upload = await server.send("POST", "uploads/", { filename: "film.mp4" });
  const root = `uploads/${upload.pk}/${upload.s3_upload_id}`;
  const { presigned_urls: links } = await server.send("PATCH", `${root}/generate-presigned-urls/`, { part_numbers: [1] });
  const put = await fetch(links["1"], { method: "PUT", body: Buffer.from(bytes) });
  const done = await server.send("PATCH", `${root}/complete-multipart-upload/`, { parts: [{ ETag: put.headers.get("ETag"), PartNumber: 1 }] });
  await server.send("PATCH", `reader-studies/display-sets/${server.scene.cases.contents}/`, { values: [{ interface: "e2e-film", user_upload: done.api_url }] });
}

const pane = (page, name) => page.locator(`[data-viewport=${name}]`);

export default {
  "charts, documents, films, thumbnails and values are shown as what they are": async ({ page, server }) => {
    await attachFilm(server, await makeFilm(page));
    await openStudy(page, server.url, server.scene.studies.contents);
    const bars = pane(page, "secondary").locator("svg [aria-roledescription=bar]");
    await until(async () => (await bars.count()) === 3);
    assert.ok((await bars.nth(1).boundingBox()).height > 1.5 * (await bars.nth(0).boundingBox()).height, "bars are as high as their values");

    const document_ = pane(page, "tertiary").locator("iframe");
    const link = await document_.getAttribute("src");
    const reply = await page.evaluate(async (link) => {
      const got = await fetch(link);
      return { kind: got.headers.get("Content-Type"), frames: got.headers.get("X-Frame-Options"), disposition: got.headers.get("Content-Disposition"), start: (await got.text()).slice(0, 5) };
    }, link);
    assert.equal(reply.kind, "application/pdf");
    assert.equal(reply.start, "%PDF-");
    assert.notEqual(reply.frames, "DENY");
    assert.doesNotMatch(reply.disposition ?? "inline", /attachment/);

    const film = pane(page, "quaternary").locator("video");
    await until(() => film.evaluate((video) => video.readyState >= 2 && video.videoWidth === 64));
    await film.evaluate((video) => Object.assign(video, { muted: true }).play());
    await until(() => film.evaluate((video) => video.currentTime > 0.1));
    await until(() => pane(page, "quinary").locator("img").evaluate((picture) => picture.complete && picture.naturalWidth > 50));

    const words = await pane(page, "senary").innerText();
    assert.match(words, /A fall from a ladder\.\nNo <b>other<\/b> injuries\./, "text stays text");
    assert.match(words, /71\.5/);
    assert.match(words, /no/);
    await page.locator(".questions strong", { hasText: "two" }).waitFor();
  },

  "pixels of unknown size are measured in px, and that is said": async ({ page, server }) => {
    await page.locator("[data-viewport=main] .badge", { hasText: "uncalibrated" }).waitFor();
    const question = card(page, "How long is it?");
    await question.getByRole("button", { name: /^Draw/ }).click();
    const hand = await handOver(page);
    await hand.drag([[100, 100], [160, 140]]);
    await question.getByText(/^\d+(\.\d)? px$/).waitFor();
    assert.equal(await page.locator("[data-viewport=main] svg text", { hasText: "mm" }).count(), 0);
    assert.match(await page.locator("[data-viewport=main] .corner.br").innerText(), /px/);
    await saved(page);
    assert.ok((await answersOf(server, server.scene.studies.contents))["How long is it?"]);
  },

  "one viewport is made full and small again": async ({ page }) => {
    await tool(page, "Window");
    await (await handOver(page)).click([[200, 60]]);
    await page.keyboard.press("f");
    await until(async () => (await pane(page, "secondary").isHidden()) && (await pane(page, "main").boundingBox()).width > 900);
    await page.keyboard.press("f");
    await until(() => pane(page, "secondary").isVisible());
    const { box } = await handOver(page);
    await page.mouse.dblclick(box.x + 200, box.y + 60);
    await until(() => pane(page, "secondary").isHidden());
    await page.mouse.dblclick(box.x + 200, box.y + 60);
    await until(() => pane(page, "secondary").isVisible());
  },

  "a cine plays at its pace in its range, and a series in time beside it": async ({ page, server }) => {
    await openStudy(page, server.url, server.scene.studies.moving, "secondary");
    const hand = await handOver(page);
    await hand.click([[200, 60]]);
    const first = await sliceOf(page);
    await page.keyboard.press("Space");
    const bar = page.getByRole("group", { name: "Play" });
    await until(async () => (await sliceOf(page)) !== first);
    await bar.getByRole("spinbutton", { name: "to", exact: true }).fill("4");
    await bar.getByRole("spinbutton", { name: "frames a second" }).fill("11");
    const seen = new Set();
    await until(async () => seen.add(await sliceOf(page)).size >= 4 && seen.has(3));
    await bar.getByRole("button", { name: "Pause" }).click();
    const stopped = await sliceOf(page);
    const picture = await rasterOf(page);
    await page.waitForTimeout(150);
    assert.equal(await sliceOf(page), stopped);
    assert.ok(apart(picture, await rasterOf(page)) < 0.01);
    await bar.getByRole("button", { name: "Close play" }).click();

    const other = await handOver(page, "secondary");
    await other.click([[200, 60]]);
    await page.keyboard.press("Space");
    await until(async () => /t [2-9]/.test(await cornerOf(page, "secondary")));
    await page.keyboard.press("Space");
  },

  "linked images of one space move together by place, and cross-reference lines show where": async ({ page, server }) => {
    await openStudy(page, server.url, server.scene.studies.pairs, "secondary");
    const before = [await sliceOf(page), await sliceOf(page, "secondary")];
    await (await handOver(page)).wheel(360);
    await until(async () => (await sliceOf(page, "secondary")) !== before[1]);
    assert.notEqual(await sliceOf(page), before[0]);
    await (await handOver(page, "secondary")).click([[200, 60]]);
    const axial = await cornerOf(page);
    await choose(page, "View ▾", "Sagittal");
    await until(async () => (await cornerOf(page)) !== axial);
    await choose(page, "View ▾", "Axial");
    await until(async () => (await cornerOf(page)) === axial);
    await choose(page, "View ▾", "Move alone");
    await choose(page, "View ▾", "Sagittal");
    assert.equal(await cornerOf(page), axial);
    await page.keyboard.press("q");
    await until(async () => (await page.locator("[data-viewport=main] svg line").count()) === 1);
    await page.keyboard.press("q");
    await arrived(page, "main");
  },
};
