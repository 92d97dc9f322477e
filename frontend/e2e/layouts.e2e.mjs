import assert from "node:assert/strict";

import { apart, handOver, openStudy, rasterOf, sliceOf, until } from "./helpers.mjs";

const open = async ({ page, server }) => openStudy(page, server.url, server.scene.studies.belonging, "side", "secondary");

const lineIn = (page) => page.locator("[data-viewport=side] line[data-indicator=main]");
const heightOf = async (line) => Number(await line.getAttribute("y1"));
const outlineOf = (page, viewport) => page.locator(`[data-minimap=${viewport}] polygon`).getAttribute("points");

export default {
  "a side view shows the image of its parent and where the parent's slice is, and the line fades": async (story) => {
    const { page } = story;
    await open(story);
    const before = await heightOf(lineIn(page));
    const slice = await sliceOf(page);
    const hand = await handOver(page);
    for (let turn = 0; turn < 4; turn += 1) await hand.wheel(100);
    assert.equal(await sliceOf(page), slice + 4);
    assert.notEqual(await heightOf(lineIn(page)), before, "the line went with the slice");
    await until(() => lineIn(page).evaluate((line) => getComputedStyle(line).opacity === "0"));
    assert.ok(new Set(await rasterOf(page, "side")).size > 20, "the side view is a picture");
    assert.doesNotMatch(await page.locator("[data-viewport=secondary]").innerText(), /^\d+ \/ \d+/, "the protocol hides this slice's number");
  },

  "a minimap shows which part is seen, and takes the viewport where it is pressed": async (story) => {
    const { page } = story;
    await open(story);
    const whole = await outlineOf(page, "main");
    const hand = await handOver(page);
    await page.mouse.move(hand.box.x + hand.box.width / 2, hand.box.y + hand.box.height / 2);
    await page.keyboard.down("Control");
    for (let turn = 0; turn < 4; turn += 1) await page.mouse.wheel(0, -120);
    await page.keyboard.up("Control");
    await until(async () => (await outlineOf(page, "main")) !== whole);
    assert.equal(await page.locator("[data-viewport=main] [data-minimap]").count(), 0, "a second one is not needed");
    const [zoomed, before] = [await outlineOf(page, "main"), await rasterOf(page)];
    const map = await page.locator("[data-minimap=main]").boundingBox();
    await page.mouse.click(map.x + map.width * 0.4, map.y + map.height * 0.4);
    await until(async () => (await outlineOf(page, "main")) !== zoomed);
    await until(async () => apart(before, await rasterOf(page)) > 1);
    assert.ok(await page.locator("[data-viewport=side] [data-minimap=side]").count(), "a zoomed viewport without one in its protocol has an inset");
  },

  "a curve shows the values over time under the pointer, and a press on it goes to that time": async (story) => {
    const { page } = story;
    await open(story);
    const curve = page.locator("[data-curve=secondary]");
    const hand = await handOver(page, "secondary");
    await page.mouse.move(hand.box.x + hand.box.width / 2, hand.box.y + hand.box.height / 2);
    const middle = await curve.locator("polyline").getAttribute("points");
    await page.mouse.move(hand.box.x + hand.box.width / 2 + 20, hand.box.y + hand.box.height / 2 + 12, { steps: 3 });
    await until(async () => (await curve.locator("polyline").getAttribute("points")) !== middle);
    await curve.locator("circle").nth(3).dispatchEvent("click");
    await until(async () => /t 4 \/ \d+/.test(await page.locator("[data-viewport=secondary]").innerText()));
  },

  "when memory is short an image stays coarse, says so, and is sharp where one rests": async ({ page, server }) => {
    await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "deviceMemory", { get: () => 1e-4 }));
    await page.goto(`${server.url}/read/${server.scene.studies.lungs}?case=1`);
    await page.locator("[data-viewport=main][data-progress=coarse]").getByText(/Memory is short/).waitFor({ timeout: 60_000 });
    await until(async () => new Set(await rasterOf(page)).size > 20);
    const hand = await handOver(page);
    const asked = page.waitForRequest(/\?frame=\d+$/);
    await hand.wheel(100);
    await asked;
    await until(async () => {
      await page.mouse.move(hand.box.x + hand.box.width / 2 + Math.random() * 20, hand.box.y + hand.box.height / 2);
      return !/≈/.test(await page.locator("[data-viewport=main]").innerText());
    });
  },
};
