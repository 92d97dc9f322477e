import assert from "node:assert/strict";

import { apart, choose, handOver, openStudy, rasterOf, sliceOf, until } from "./helpers.mjs";

export const options = { gl: "imitated" };

/** Draw with the graphics card, or as it is without one. */
async function drawWith(page, server, graphics) {
  await page.evaluate((value) => localStorage.setItem("readroom-settings", JSON.stringify(value ? { graphics: value } : {})), graphics);
  await openStudy(page, server.url, `${server.scene.studies.lungs}?case=1`);
  await page.keyboard.press("h");
}

/** What is drawn once it does not change any more. */
async function settled(page) {
  let before = await rasterOf(page);
  await until(async () => {
    await page.waitForTimeout(200);
    const now = await rasterOf(page);
    const isStill = apart(before, now) < 0.01 && new Set(now).size > 30;
    before = now;
    return isStill;
  });
  return before;
}

async function pictures(page, server, graphics) {
  await drawWith(page, server, graphics);
  const found = { native: await settled(page) };
  await choose(page, "View ▾", "Coronal");
  found.coronal = await settled(page);
  await choose(page, "View ▾", "Maximum 10 mm");
  found.slab = await settled(page);
  return found;
}

export default {
  "a graphics card and the processor draw the same pictures": async ({ page, server }) => {
    const processor = await pictures(page, server, null);
    const card = await pictures(page, server, "always");
    for (const name of Object.keys(card)) {
      const difference = apart(card[name], processor[name]);
      console.log(`      ${name}: ${difference.toFixed(2)} of 255 apart`);
      assert.ok(difference < 4, `${name} differs by ${difference}`);
      assert.ok(new Set(card[name]).size > 40, `${name} is a picture`);
    }
  },

  "reading goes on while the graphics card is lost, and with it when it is back": async ({ page, server, complaints }) => {
    complaints.forgive(/CONTEXT_LOST_WEBGL/);
    await page.addInitScript(() => {
      const { getContext } = HTMLCanvasElement.prototype;
      HTMLCanvasElement.prototype.getContext = function get(kind, ...given) {
        const context = getContext.call(this, kind, ...given);
        if (kind === "webgl2" && context) window.card = context.getExtension("WEBGL_lose_context");
        return context;
      };
    });
    await drawWith(page, server, "always");
    const before = await settled(page);
    await page.evaluate(() => window.card.loseContext());
    await page.waitForTimeout(300);
    assert.ok(apart(before, await settled(page)) < 4, "the processor draws meanwhile");
    const slice = await sliceOf(page);
    await (await handOver(page)).wheel(600);
    assert.notEqual(await sliceOf(page), slice);
    assert.ok(apart(before, await settled(page)) > 0.2, "another slice is seen");
    await page.evaluate(() => window.card.restoreContext());
    await (await handOver(page)).wheel(-600);
    assert.equal(await sliceOf(page), slice);
    assert.ok(apart(before, await settled(page)) < 1);
  },
};
