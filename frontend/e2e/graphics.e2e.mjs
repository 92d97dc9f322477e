import assert from "node:assert/strict";

import { handOver, openStudy } from "./helpers.mjs";

/** Colours of a coarse raster of the main viewport. */
const raster = (page) =>
  page.evaluate(() => {
    const source = document.querySelector("[data-viewport=main] canvas");
    const small = document.createElement("canvas");
    small.width = small.height = 64;
    const context = small.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, 64, 64);
    return [...context.getImageData(0, 0, 64, 64).data];
  });

const choose = async (page, item) => {
  await page.getByRole("button", { name: "View ▾" }).click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
  await page.waitForTimeout(1500);
};

async function pictures(page, server, graphics) {
  await page.evaluate((value) => localStorage.setItem("readroom-settings", JSON.stringify(value ? { graphics: value } : {})), graphics);
  await openStudy(page, server.url, `${server.scene.studies.lungs}?case=1`);
  await page.keyboard.press("h");
  await page.waitForTimeout(1000);
  const found = { native: await raster(page) };
  await choose(page, "Coronal");
  found.coronal = await raster(page);
  await choose(page, "Maximum 10 mm");
  found.slab = await raster(page);
  return found;
}

const apart = (a, b) => a.reduce((sum, value, index) => sum + Math.abs(value - b[index]), 0) / a.length;

export default {
  "a graphics card and the processor draw the same pictures": async ({ page, server }) => {
    const card = await pictures(page, server, "always");
    const processor = await pictures(page, server, null);
    for (const name of Object.keys(card)) {
      const difference = apart(card[name], processor[name]);
      console.log(`      ${name}: ${difference.toFixed(2)} of 255 apart`);
      assert.ok(difference < 4, `${name} differs by ${difference}`);
      assert.ok(new Set(card[name]).size > 40, `${name} is a picture`);
    }
    await (await handOver(page)).wheel(120);
  },
};
