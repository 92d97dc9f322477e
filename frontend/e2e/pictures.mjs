// Makes the pictures of docs/images from the demo: `node e2e/pictures.mjs`.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openBrowser, signIn } from "./browser.mjs";
import { card, handOver, openStudy } from "./helpers.mjs";
import { freePort, root } from "./server.mjs";

/** The one nodule of the demo's first phantom that is seen best, and the size of a screen pixel when it is fitted. */
const nodule = { center: [86.92, -43.52, 30.25], radius: 5.11 };
const mmPerPixel = 380 / 728;

const data = mkdtempSync(join(tmpdir(), "readroom-pictures-"));
const port = await freePort();
const url = `http://localhost:${port + 1}`;
const demo = spawn(join(root, ".venv/bin/readroom"), ["demo", "--data", data, "--port", String(port)], { detached: true });
let told = "";
const token = await new Promise((found, fail) => {
  demo.stdout.on("data", (part) => {
    told += part;
    const [, secret] = /token="([0-9a-f]+)"/.exec(told) ?? [];
    if (secret) found(secret);
  });
  demo.stderr.on("data", (part) => (told += part));
  demo.on("exit", () => fail(new Error(told)));
});

async function ask(method, path, body) {
  const reply = await fetch(`${url}/api/v1/${path}`, { method, headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
  if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
  return reply.json();
}

async function makePlanes() {
  const planes = [["main", "axial", 0, 2], ["secondary", "coronal", 2, 1], ["tertiary", "sagittal", 2, 1]];
  const json = planes.map(([viewport_name, orientation, x, w], order) => ({ viewport_name, orientation, x, w, y: order === 2 ? 1 : 0, h: order === 0 ? 2 : 1, order }));
  const protocol = await ask("POST", "hanging-protocols/", { title: "Three planes", json });
  const view_content = Object.fromEntries(planes.map(([name]) => [name, ["chest-ct"]]));
  const study = await ask("POST", "reader-studies/", { title: "Lung volumes", view_content, hanging_protocol: protocol.pk, allow_answer_modification: true, enable_autosaving: true });
  const segments = ["right lung", "left lung", "nodule"].map((name, index) => ({ name, visible: true, voxel_value: index + 1 }));
  const questions = [
    { question_text: "Outline the lungs.", answer_type: "Mask", image_port: "Main", overlay_segments: segments },
    { question_text: "How far do they reach?", answer_type: "Distance measurement", image_port: "Main", required: false },
  ];
  for (const question of questions) await ask("POST", "reader-studies/questions/", { reader_study: study.pk, ...question });
  const known = (await ask("GET", "reader-studies/display-sets/?limit=1")).results[0];
  const made = await ask("POST", "reader-studies/display-sets/", { reader_study: study.slug, title: "Case A" });
  await ask("PATCH", `reader-studies/display-sets/${made.pk}/`, { values: [{ interface: "chest-ct", image: known.values[0].image }] });
  await ask("POST", `reader-studies/${study.pk}/members/`, { username: "reader1", role: "reader" });
  await ask("POST", `reader-studies/${study.pk}/state/`, { state: "open" });
  return study.slug;
}

for (let attempt = 0; attempt < 100 && !(await fetch(`${url}/api/v1/gcapi/`).catch(() => null))?.ok; attempt += 1) await new Promise((later) => setTimeout(later, 200));
const planes = await makePlanes();
const { page, close } = await openBrowser({ width: 1366, height: 768 });
const shoot = (name) => page.screenshot({ path: join(root, `docs/images/${name}.jpg`), type: "jpeg", quality: 72 });
try {
  await signIn(page, url, "reader1", "look-closely");
  await page.getByRole("button", { name: "Begin" }).first().waitFor();
  await page.waitForTimeout(500);
  await shoot("my-studies");

  await page.getByRole("button", { name: "Begin" }).first().click();
  await page.getByRole("button", { name: "Start reading" }).waitFor();
  await page.waitForTimeout(300);
  await shoot("before-the-first-case");

  await openStudy(page, url, "demo-chest-ct?case=1");
  const hand = await handOver(page);
  const [x, y, z] = nodule.center.map((each) => each / mmPerPixel);
  const [across, down] = [hand.box.width / 2 + x, hand.box.height / 2 + y];
  for (let slice = 48; slice < Math.round((z * mmPerPixel) / 2.5 + 47.5); slice += 1) await page.keyboard.press("ArrowDown");
  await card(page, "Is there a nodule?").getByRole("switch").click({ force: true });
  await card(page, "How sure are you that there is one?").getByRole("radio", { name: "surely", exact: true }).check({ force: true });
  await card(page, "Mark each of them.").getByRole("button", { name: /^Draw/ }).click();
  await hand.click([[across, down]]);
  await card(page, "Measure the largest one.").getByRole("button", { name: /^Draw/ }).click();
  await hand.drag([[across - nodule.radius / mmPerPixel, down], [across + nodule.radius / mmPerPixel, down]]);
  await page.getByRole("toolbar").getByRole("button", { name: "Window" }).click();
  await page.waitForTimeout(500);
  await shoot("drawing");
  await page.keyboard.press("?");
  await page.waitForTimeout(600);
  await shoot("keys");

  await openStudy(page, url, `${planes}?case=1`);
  const mask = card(page, "Outline the lungs.");
  await mask.getByText("Brush", { exact: true }).click();
  await (await handOver(page)).drag([[200, 330], [230, 390], [250, 420]]);
  await mask.getByRole("radio", { name: "left lung" }).click();
  await (await handOver(page)).drag([[440, 330], [420, 390], [400, 420]]);
  await mask.getByRole("radio", { name: "right lung" }).click();
  await page.waitForTimeout(1500);
  await shoot("mask");
} finally {
  await close();
  process.kill(-demo.pid, "SIGTERM");
  rmSync(data, { recursive: true, force: true });
}
