import assert from "node:assert/strict";

import { answersOf, card, cornerOf, handOver, openStudy, saved, sliceOf, until } from "./helpers.mjs";

export const options = { width: 1024, height: 768, hasTouch: true };

/** What fingers do over a viewport, told with their places in it. */
async function fingersOver(page, context) {
  const { box } = await handOver(page);
  const devtools = await context.newCDPSession(page);
  const send = (type, places) => devtools.send("Input.dispatchTouchEvent", { type, touchPoints: places.map(([x, y], id) => ({ id, x: box.x + x, y: box.y + y })) });
  return { put: (places) => send("touchStart", places), move: (places) => send("touchMove", places), lift: () => send("touchEnd", []) };
}

/** Fingers on a viewport: each is a list of places that it passes. */
async function touch(page, context, ...fingers) {
  const { put, move, lift } = await fingersOver(page, context);
  const at = (step) => fingers.map((places) => places[step]);
  await put(at(0));
  for (let step = 1; step < fingers[0].length; step += 1) {
    await move(at(step));
    await page.waitForTimeout(16);
  }
  await lift();
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

  "a finger that stays opens the tools; the one that is chosen draws, and stays without a menu": async ({ page, context, server }) => {
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=1`);
    const lengths = card(page, "Draw: Distance measurement").locator(".finding");
    const menu = page.getByRole("menu");
    const slice = await sliceOf(page);
    const { put, move, lift } = await fingersOver(page, context);
    await put([[300, 250]]);
    await move([[302, 253]]);
    await menu.waitFor();
    await move([[310, 400]]);
    await lift();
    await page.waitForTimeout(400);
    assert.equal(await sliceOf(page), slice, "what opened the menu scrolls nothing");
    await page.getByRole("menuitem", { name: /^Length/ }).tap();
    await menu.waitFor({ state: "hidden" });
    const before = await lengths.count();
    await put([[200, 300]]);
    await page.waitForTimeout(700);
    assert.equal(await menu.count(), 0, "a hand that draws may wait");
    for (const place of path([200, 300], [400, 320]).slice(1)) await move([place]);
    await lift();
    await until(async () => (await lengths.count()) === Math.max(1, before));
    await saved(page);
    const { answer } = (await answersOf(server, server.scene.studies.lungs, server.scene.cases.lungs))["Draw: Distance measurement"];
    assert.ok(Math.abs(answer.start[0] - answer.end[0]) > 20, "from one end to the other");
  },
};
