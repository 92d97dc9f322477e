import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { answersOf, card, followPixels, handOver, openStudy, saved, tool, until } from "./helpers.mjs";
import { runPython } from "./server.mjs";

const drawings = {
  "2D bounding box": { by: "drag", points: [[300, 300], [380, 360]] },
  "Distance measurement": { by: "drag", points: [[450, 300], [560, 330]] },
  Point: { by: "click", points: [[500, 450]] },
  Polygon: { by: "click", points: [[300, 420], [360, 420], [370, 480], [310, 490], [300, 421]] },
  Line: { by: "click", points: [[420, 560], [450, 580], [500, 560], [540, 590], [540, 590]] },
  Angle: { by: "click", points: [[650, 400], [700, 420], [650, 450], [700, 430]] },
  Ellipse: { by: "drag", points: [[600, 250], [700, 300]] },
  "Three-point angle": { by: "click", points: [[600, 500], [640, 540], [680, 500]] },
};
const plural = { "2D bounding box": "Multiple 2D bounding boxes", "Distance measurement": "Multiple distance measurements", Point: "Multiple points", Polygon: "Multiple polygons", Line: "Multiple lines", Angle: "Multiple angles", Ellipse: "Multiple ellipses", "Three-point angle": "Multiple three-point angles" };

let sentMask;

export default {
  "a coarse picture is there before the whole image": async ({ page, server }) => {
    await page.goto(`${server.url}/read/${server.scene.studies.lungs}`);
    const stages = await page.evaluate(async () => {
      const seen = [];
      for (let wait = 0; wait < 2000 && !seen.includes("full"); wait += 1) {
        const stage = document.querySelector("[data-viewport=main]")?.dataset.progress;
        if (stage && seen.at(-1) !== stage) seen.push(stage);
        await new Promise((later) => setTimeout(later, 5));
      }
      return seen;
    });
    assert.equal(stages.at(-1), "full");
    await page.waitForTimeout(300);
    const shades = await page.evaluate(() => {
      const canvas = document.querySelector("[data-viewport=main] canvas");
      const pixels = canvas.getContext("2d").getImageData(canvas.width / 2 - 100, canvas.height / 2 - 100, 200, 200).data;
      return new Set(pixels).size;
    });
    assert.ok(shades > 60, `a picture has many shades, not ${shades}`);
  },

  "words and numbers are answered by hand and by key": async ({ page }) => {
    await page.locator("body").press("2");
    await card(page, "Certainty").getByRole("textbox").or(card(page, "Certainty").getByRole("combobox")).first().click();
    await page.getByRole("option", { name: "High" }).click();
    await card(page, "Signs").getByRole("checkbox", { name: /Spiculated/ }).check();
    await card(page, "Signs").getByRole("checkbox", { name: /Solid/ }).check();
    await card(page, "Regions").locator(".mantine-MultiSelect-input").click();
    await page.getByRole("option", { name: "Lower" }).click();
    await page.keyboard.press("Escape");
    await card(page, "Comment").getByRole("textbox").fill("seen twice");
    await card(page, "Report").getByRole("textbox").fill("First line\nsecond line");
    await card(page, "Count").getByRole("textbox").fill("3");
    await card(page, "Confidence").getByRole("textbox").fill("70");
    await card(page, "Is the quality good?").getByRole("switch").click({ force: true });
    await saved(page);
  },

  "every kind of drawing is drawn, once and several times": async ({ page }) => {
    for (const [kind, { by, points }] of Object.entries(drawings)) {
      const hand = await handOver(page);
      await card(page, `Draw: ${kind}`).getByRole("button", { name: /^Draw/ }).click();
      await hand[by](points);
      await card(page, `Draw: ${plural[kind]}`).getByRole("button", { name: /^Draw/ }).click();
      await hand[by](points.map(([x, y]) => [x - 30, y - 25]));
      await hand[by](points.map(([x, y]) => [x + 25, y + 35]));
    }
    await tool(page, "Window");
    await saved(page);
  },

  "a mask is painted, previewed, and travels as a file": async ({ page }) => {
    const question = card(page, "Outline the nodule");
    await page.evaluate(() => {
      const send = window.fetch;
      window.sent = [];
      window.fetch = (url, options) => {
        if (options?.method === "PUT") options.body.arrayBuffer().then((bytes) => window.sent.push([...new Uint8Array(bytes)]));
        return send(url, options);
      };
    });
    await question.getByText("Brush", { exact: true }).click();
    const hand = await handOver(page);
    await hand.drag([[500, 350], [540, 380]]);
    await question.getByRole("button", { name: "Preview" }).click();
    await page.waitForTimeout(300);
    await question.getByRole("button", { name: "Preview" }).click();
    await question.getByRole("radio", { name: "vessel" }).click();
    await hand.drag([[420, 250], [430, 260]]);
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+y");
    await page.waitForTimeout(1500);
    await saved(page);
    sentMask = Buffer.from(await page.evaluate(() => window.sent.at(-1)));
  },

  "the server has what was answered": async ({ server }) => {
    const answers = await answersOf(server, server.scene.studies.lungs, server.scene.cases.lungs);
    const id = (text, title) => answers[text].question.options.find((option) => option.title === title).id;
    assert.equal(answers["Is there a nodule?"].answer, id("Is there a nodule?", "Yes"));
    assert.equal(answers["Certainty"].answer, id("Certainty", "High"));
    assert.deepEqual(answers["Signs"].answer, [id("Signs", "Spiculated"), id("Signs", "Solid")]);
    assert.deepEqual(answers["Regions"].answer, [id("Regions", "Lower")]);
    assert.equal(answers["Comment"].answer, "seen twice");
    assert.equal(answers["Report"].answer, "First line\nsecond line");
    assert.equal(answers["Count"].answer, 3);
    assert.equal(answers["Confidence"].answer, 70);
    assert.equal(answers["Is the quality good?"].answer, true);
    for (const kind of Object.keys(drawings)) {
      assert.equal(answers[`Draw: ${kind}`].answer.type, kind);
      assert.ok(answers[`Draw: ${plural[kind]}`], `${plural[kind]} among ${Object.keys(answers).join(", ")}`);
      const several = answers[`Draw: ${plural[kind]}`].answer;
      assert.equal(Object.values(several).find(Array.isArray).length, 2, plural[kind]);
    }
    assert.match(answers["Comment"].total_edit_duration, /^(\d+ )?\d\d:\d\d:\d\d/);
  },

  "the mask arrives as an image, voxel for voxel": async ({ server }) => {
    assert.ok(sentMask, "a file was sent");
    let answer;
    for (let wait = 0; wait < 100; wait += 1) {
      answer = (await answersOf(server, server.scene.studies.lungs, server.scene.cases.lungs))["Outline the nodule"];
      if (answer?.answer_image) break;
      await new Promise((later) => setTimeout(later, 300));
    }
    assert.ok(answer.answer_image, "the server made an image of it");
    const detail = await server.json(new URL(answer.answer_image).pathname.replace("/api/v1/", ""));
    const folder = mkdtempSync(join(tmpdir(), "readroom-mask-"));
    writeFileSync(join(folder, "sent.mha"), sentMask);
    writeFileSync(join(folder, "kept.mha"), await server.bytes(new URL(detail.files[0].file).pathname.replace("/api/v1/", "")));
    const found = runPython(
      "import json,sys;import SimpleITK as s;import numpy as n;a=s.ReadImage(sys.argv[1]);b=s.ReadImage(sys.argv[2]);x=s.GetArrayFromImage(a);y=s.GetArrayFromImage(b);print(json.dumps({'same':bool((x==y).all()),'labels':[int(v) for v in n.unique(x)],'place':bool(n.allclose(a.GetOrigin(),b.GetOrigin()) and n.allclose(a.GetSpacing(),b.GetSpacing())),'slices':int((x>0).any((1,2)).sum())}))",
      join(folder, "sent.mha"),
      join(folder, "kept.mha"),
    );
    assert.deepEqual(found, { same: true, labels: [0, 1, 2], place: true, slices: 1 });
  },

  "a reload in the middle of a case loses nothing, and the next case is there at once": async ({ page, server }) => {
    const fetched = followPixels(page);
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=1`);
    assert.equal(await card(page, "Comment").getByRole("textbox").inputValue(), "seen twice");
    assert.equal(await page.locator("svg [data-annotation]").count(), 24);
    await fetched(server, server.scene.cases.lungs_two);
    const asked = [];
    const note = (request) => asked.push(request.url());
    page.on("request", note);
    const begun = Date.now();
    await page.getByRole("button", { name: /Save and next/ }).click();
    await page.getByText("case 2 of 2").waitFor();
    await page.locator("[data-viewport=main][data-progress=full]").waitFor({ timeout: 20_000 });
    console.log(`      next case complete after ${Date.now() - begun} ms`);
    page.off("request", note);
    assert.deepEqual(asked.filter((url) => url.includes(".rrpack")), [], "its pixels had been fetched before");
    await page.keyboard.press("Shift+Backspace");
  },

  "linked viewports move together": async ({ page, server }) => {
    await openStudy(page, server.url, server.scene.studies.pairs);
    await page.locator("[data-viewport=secondary][data-progress=full]").waitFor({ timeout: 30_000 });
    const position = (name) => page.locator(`[data-viewport=${name}] .corner.tl`).last().textContent();
    const before = [await position("main"), await position("secondary")];
    await (await handOver(page, "main")).wheel(240);
    const after = [await position("main"), await position("secondary")];
    assert.notEqual(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
  },

  "a needed answer is asked for, then the study ends": async ({ page }) => {
    await page.getByRole("button", { name: /Save and next/ }).click();
    await page.getByText("An answer is needed.").waitFor();
    await page.locator("body").press("1");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    await page.getByText("Many thanks.").waitFor();
    await page.getByText("Everything is saved.").waitFor();
  },

  "a slide is shown and outlined": async ({ page, server }) => {
    await openStudy(page, server.url, server.scene.studies.tissue);
    const colors = () => page.evaluate(() => {
      const canvas = document.querySelector("[data-viewport=main] canvas");
      return new Set(new Uint32Array(canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 80, 80).data.buffer)).size;
    });
    await until(async () => (await colors()) > 200);
    await tool(page, "Polygon");
    await (await handOver(page)).drag([[400, 300], [480, 320], [470, 400], [400, 390], [398, 310]]);
    await saved(page);
    const answers = await answersOf(server, server.scene.studies.tissue, server.scene.cases.tissue);
    assert.equal(answers["Mark the glands"].answer.polygons.length, 1);
  },

};
