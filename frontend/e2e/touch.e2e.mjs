import assert from "node:assert/strict";

import { answersOf, card, cornerOf, handOver, openStudy, saved, sliceOf, until } from "./helpers.mjs";

export const options = { width: 1024, height: 768, hasTouch: true };

/** Fingers on a viewport: each is a list of places that it passes. */
async function touch(page, context, ...fingers) {
  const { box } = await handOver(page);
  const devtools = await context.newCDPSession(page);
  const at = (step) => fingers.map((places, id) => ({ id, x: box.x + places[step][0], y: box.y + places[step][1] }));
  await devtools.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(0) });
  for (let step = 1; step < fingers[0].length; step += 1) {
    await devtools.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(step) });
    await page.waitForTimeout(16);
  }
  await devtools.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

const path = (from, to, steps = 10) => Array.from({ length: steps + 1 }, (_, step) => from.map((start, axis) => start + ((to[axis] - start) * step) / steps));
const zoomOf = async (page) => Number(/(\d+) %/.exec(await cornerOf(page))[1]);

export default {
  "a finger scrolls, two zoom, and options are tapped": async ({ page, context, server }) => {
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=1`);
    const before = await sliceOf(page);
    await touch(page, context, path([300, 250], [300, 400]));
    await until(async () => (await sliceOf(page)) > before + 3);
    const swiped = await sliceOf(page);
    const zoom = await zoomOf(page);
    await touch(page, context, path([280, 300], [180, 300]), path([320, 300], [420, 300]));
    await until(async () => (await zoomOf(page)) > 2 * zoom);
    assert.ok(Math.abs((await sliceOf(page)) - swiped) <= 1, "pinching does not scroll");
    await card(page, "Is there a nodule?").getByRole("radio", { name: "Yes" }).tap({ force: true });
    await card(page, "Signs").getByRole("checkbox", { name: /Solid/ }).tap({ force: true });
    await card(page, "Draw: Point").getByRole("button", { name: /^Draw/ }).tap();
    const { box } = await handOver(page);
    await page.touchscreen.tap(box.x + 300, box.y + 250);
    await until(async () => (await card(page, "Draw: Point").locator(".finding").count()) === 1);
    await saved(page);
    const answers = await answersOf(server, server.scene.studies.lungs, server.scene.cases.lungs);
    assert.equal(answers["Draw: Point"].answer.type, "Point");
    assert.equal(answers["Signs"].answer.length, 1);
    await page.getByRole("button", { name: "Next case", exact: true }).tap();
    await page.locator("h1", { hasText: "case 2 of 2" }).waitFor();
  },
};
