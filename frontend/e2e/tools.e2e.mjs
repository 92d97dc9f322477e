import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";

import { answersOf, apart, card, choose, cornerOf, handOver, openStudy, rasterOf, saved, sliceOf, tool, until } from "./helpers.mjs";

const size = [64, 64, 12];
const [ball, cube] = [1, 2];
const mask = (page) => card(page, "Paint it");
const pick = (page, name) => mask(page).locator("label", { hasText: new RegExp(`^${name}$`) }).click();
const segment = (page, name) => mask(page).getByRole("radio", { name, exact: true });
const radius = (page, value) => mask(page).getByRole("textbox", { name: "Brush radius", exact: true }).fill(String(value));
const press = (page, name) => mask(page).getByRole("button", { name, exact: true }).click();

/** Note what the page keeps in the browser's storage after each gesture, and what it sends to the server at last. */
const watchMasks = (page) =>
  page.evaluate(() => {
    Object.assign(window, { kept: [], sent: [] });
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function keep(value, key) {
      if (value.runs) window.kept.push([...value.runs]);
      return put.call(this, value, key);
    };
    const send = window.fetch;
    window.fetch = (url, options) => {
      if (options?.method === "PUT") options.body.arrayBuffer().then((bytes) => window.sent.push([...new Uint8Array(bytes)]));
      return send(url, options);
    };
  });

/** Voxels of the mask after this deed. */
async function painted(page, deed) {
  const before = await page.evaluate(() => window.kept.length);
  await deed();
  await until(() => page.evaluate((before) => window.kept.length > before, before));
  const runs = await page.evaluate(() => window.kept.at(-1));
  const voxels = new Uint8Array(size[0] * size[1] * size[2]);
  let at = 0;
  for (let pair = 0; pair < runs.length; pair += 2) {
    voxels.fill(runs[pair], at, at + runs[pair + 1]);
    at += runs[pair + 1];
  }
  return voxels;
}

/** Voxels of the last file that was sent. */
async function sentVoxels(page) {
  await saved(page);
  const file = Buffer.from(await page.evaluate(() => window.sent.at(-1)));
  const marker = Buffer.from("ElementDataFile = LOCAL\n");
  return new Uint8Array(inflateSync(file.subarray(file.indexOf(marker) + marker.length)));
}

const count = (voxels, label) => voxels.filter((each) => each === label).length;
const slices = (voxels, label) => Array.from({ length: size[2] }, (_, k) => count(voxels.subarray(k * 4096, (k + 1) * 4096), label));
const drawnSlices = (voxels, label) => slices(voxels, label).flatMap((each, k) => (each > 0 ? [k] : []));

/** The value of the phantom in a voxel. */
function valueAt(voxel) {
  const [i, j, k] = [voxel % 64, Math.floor(voxel / 64) % 64, Math.floor(voxel / 4096)];
  if (i >= 38 && i < 50 && j >= 38 && j < 50 && k >= 3 && k < 9) return 200;
  return Math.hypot(i - 20, j - 20, 2 * (k - 6)) <= 8 ? 100 : 0;
}
const valuesOf = (voxels, label) => new Set([...voxels.keys()].filter((voxel) => voxels[voxel] === label).map(valueAt));
const voxelsOf = (value) => Array.from({ length: 64 * 64 * 12 }, (_, voxel) => valueAt(voxel)).filter((each) => each === value).length;

/** Where a voxel of the shown slice is on the screen. */
async function spots(page) {
  const hand = await handOver(page);
  const { width, height } = hand.box;
  const scale = 64 / Math.min(width, height);
  return { hand, at: (i, j) => [width / 2 + (i - 31.5) / scale, height / 2 + (j - 31.5) / scale] };
}

const scrollTo = async (page, slice) => {
  for (let step = (await sliceOf(page)) - slice; step !== 0; step -= Math.sign(step)) await page.keyboard.press(step > 0 ? "ArrowUp" : "ArrowDown");
  await until(async () => (await sliceOf(page)) === slice);
};

const kinds = {
  "2D bounding boxes": { by: "drag", points: [[10, 10], [22, 20]], list: "boxes", id: "box-1" },
  "distance measurements": { by: "drag", points: [[40, 10], [55, 15]], list: "lines", id: "distance-1" },
  points: { by: "click", points: [[30, 30]], list: "points", id: "point-1" },
  polygons: { by: "click", points: [[10, 40], [20, 40], [20, 52], [10, 40]], list: "polygons", id: "polygon-1" },
  lines: { by: "click", points: [[30, 55], [35, 50], [40, 55], [40, 55]], list: "lines", id: "line-1" },
  angles: { by: "click", points: [[45, 25], [52, 28], [45, 34], [52, 31]], list: "angles", id: "angle-1" },
  ellipses: { by: "drag", points: [[24, 8], [34, 16]], list: "ellipses", id: "ellipse-1" },
  "three-point angles": { by: "click", points: [[8, 56], [14, 61], [20, 56]], list: "angles", id: "three-point angle-1" },
};

export default {
  "each tool paints the voxels it should": async ({ page, server }) => {
    await openStudy(page, server.url, `${server.scene.studies.paint}?case=1`);
    await watchMasks(page);
    const { hand, at } = await spots(page);
    await scrollTo(page, 6);

    await pick(page, "Brush");
    await radius(page, 3);
    const dab = await painted(page, () => hand.click([at(10, 50)]));
    assert.equal(count(dab, ball), 29, "a disc of 3 mm covers 29 voxels");
    assert.deepEqual(drawnSlices(dab, ball), [6]);

    await mask(page).getByRole("switch").click({ force: true });
    const sphere = await painted(page, () => hand.click([at(25, 50)]));
    assert.deepEqual(drawnSlices(sphere, ball), [5, 6, 7], "a ball of 3 mm reaches one slice of 2 mm on");
    await mask(page).getByRole("switch").click({ force: true });

    await pick(page, "Erase");
    const erased = await painted(page, () => hand.click([at(10, 50)]));
    assert.equal(count(erased, ball), count(sphere, ball) - 29);

    await radius(page, 9);
    await segment(page, "cube").click();
    await pick(page, "Thresh\\.");
    const bounded = await painted(page, () => hand.click([at(44, 44)]));
    assert.deepEqual(valuesOf(bounded, cube), new Set([200]), "only what is within 100 to 3000 is painted");
    assert.equal(count(bounded, cube), 144);

    await pick(page, "Grow");
    await mask(page).getByRole("textbox", { name: "Values may differ by" }).fill("10");
    const grown = await painted(page, () => hand.click([at(44, 44)]));
    assert.equal(count(grown, cube), voxelsOf(200), "grown over the whole cube and nothing else");

    await segment(page, "ball").click();
    const whole = await painted(page, async () => {
      await pick(page, "Grow");
      await hand.click([at(20, 20)]);
    });
    assert.ok(count(whole, ball) >= voxelsOf(100));
    const island = await painted(page, () => press(page, "Largest piece only"));
    assert.equal(count(island, ball), voxelsOf(100), "the pieces painted before are gone");

    assert.equal(count(await painted(page, () => press(page, "Clear segment")), ball), 0);
    assert.equal(count(await painted(page, () => page.keyboard.press("Control+z")), ball), voxelsOf(100), "undone");
    assert.equal(count(await painted(page, () => page.keyboard.press("Control+y")), ball), 0, "done again");

    await pick(page, "Scissors");
    const cut = await painted(page, () => hand.drag([at(8, 8), at(28, 8), at(28, 28), at(8, 28), at(8, 9)]));
    assert.ok(Math.abs(count(cut, ball) - 400) < 45, `about 20 by 20 voxels, not ${count(cut, ball)}`);
    await scrollTo(page, 9);
    await painted(page, () => hand.drag([at(13, 13), at(23, 13), at(23, 23), at(13, 23), at(13, 14)]));
    const between = await painted(page, () => press(page, "Between slices"));
    const areas = slices(between, ball).slice(6, 10);
    assert.deepEqual([...areas].sort((a, b) => b - a), areas, "slices between shrink from one outline to the other");
    assert.ok(areas.every((area) => area > 60));

    await scrollTo(page, 2);
    await segment(page, "cube").click();
    await pick(page, "Brush");
    await radius(page, 1);
    await hand.drag([at(30, 40), at(50, 40), at(50, 58), at(30, 58), at(30, 40)]);
    await pick(page, "Fill");
    const filled = await painted(page, () => hand.click([at(40, 50)]));
    assert.ok(slices(filled, cube)[2] > 18 * 16, "filled up to the outline");
    assert.equal(filled[2 * 4096 + 62 * 64 + 60], 0, "and not beyond");
    assert.deepEqual(await sentVoxels(page), filled, "what is sent is what was painted");
  },

  "a threshold is seen breathing before it is applied, and a segment is jumped to and lit up": async ({ page }) => {
    await choose(page, "View ▾", "Reset");
    await scrollTo(page, 4);
    await press(page, "Clear segment");
    const before = await rasterOf(page);
    await press(page, "Preview");
    await until(async () => apart(before, await rasterOf(page)) > 0.3);
    const shown = await rasterOf(page);
    await until(async () => apart(shown, await rasterOf(page)) > 0.05);
    const marked = await painted(page, () => press(page, "Mark whole volume"));
    assert.equal(await mask(page).getByRole("button", { name: "Preview" }).getAttribute("aria-pressed"), "false");
    assert.deepEqual(valuesOf(marked, cube), new Set([100, 200]));
    assert.ok(count(marked, cube) >= voxelsOf(200));

    await scrollTo(page, 0);
    await segment(page, "ball").dblclick();
    await until(async () => (await sliceOf(page)) > 4);
    await segment(page, "ball").hover();
    const lit = await rasterOf(page);
    await until(async () => apart(lit, await rasterOf(page)) > 0.05);
    await mask(page).getByRole("button", { name: "Hide ball" }).click();
    await until(async () => apart(lit, await rasterOf(page)) > 0.3);
    await mask(page).getByRole("button", { name: "Show ball" }).click();
    await choose(page, "View ▾", "Reset");
  },

  "every kind of drawing is named, moved, jumped to, deleted, undone and redone": async ({ page, server }) => {
    const { hand, at } = await spots(page);
    await scrollTo(page, 5);
    for (const [name, { by, points, id }] of Object.entries(kinds)) {
      const question = card(page, `Draw ${name}`);
      const findings = question.locator(".finding");
      const drawn = () => findings.count();
      await question.getByRole("button", { name: /^Draw/ }).click();
      await hand[by](points.map(([i, j]) => at(i, j)));
      await until(async () => (await drawn()) === 1);
      await tool(page, "Window");

      await findings.first().getByRole("button").first().dblclick();
      await question.getByRole("textbox", { name: "Name" }).fill(`my ${name}`);
      await page.keyboard.press("Enter");
      await findings.getByRole("button", { name: `my ${name}` }).first().waitFor();

      await scrollTo(page, 8);
      await findings.getByRole("button", { name: `my ${name}` }).first().click();
      await until(async () => (await sliceOf(page)) === 5);

      const grip = page.locator(`g[data-annotation="${id}"] circle.grip`).first();
      const before = await grip.evaluate((each) => [each.cx.baseVal.value, each.cy.baseVal.value]);
      await hand.drag([before, [before[0] - 12, before[1] + 9]]);
      const moved = () => grip.evaluate((each) => each.cx.baseVal.value);
      await until(async () => Math.abs((await moved()) - before[0] + 12) < 3);
      await page.keyboard.press("Control+z");
      await until(async () => Math.abs((await moved()) - before[0]) < 1);
      await page.keyboard.press("Control+y");
      await until(async () => Math.abs((await moved()) - before[0] + 12) < 3);

      await page.keyboard.press("Delete");
      await until(async () => (await drawn()) === 0);
      await page.keyboard.press("Control+z");
      await until(async () => (await drawn()) === 1);
    }
    await saved(page);
    const answers = await answersOf(server, server.scene.studies.paint);
    for (const [name, { list }] of Object.entries(kinds)) assert.deepEqual(answers[`Draw ${name}`].answer[list].map((each) => each.name), [`my ${name}`]);
  },

  "only annotated frames are shown, and that follows edits": async ({ page }) => {
    const { hand, at } = await spots(page);
    const question = card(page, "Draw points");
    const draw = async (slice) => {
      await scrollTo(page, slice);
      await question.getByRole("button", { name: /^Draw/ }).click();
      await hand.click([at(50, 50)]);
      await tool(page, "Window");
    };
    await draw(2);
    await draw(10);
    await choose(page, "View ▾", "Annotated frames only");
    const bar = page.getByRole("group", { name: "Annotated frames only" });
    await bar.getByText(/Annotated frames: (\d+) of \1/).waitFor();
    await bar.getByRole("combobox", { name: "Of question" }).selectOption({ label: "Draw points" });
    await bar.getByText("Annotated frames: 3 of 3").waitFor();
    await page.keyboard.press("ArrowUp");
    assert.equal(await sliceOf(page), 5);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    assert.equal(await sliceOf(page), 2);
    await question.getByRole("button", { name: "Delete point 2" }).click();
    await bar.getByText("of 2").waitFor();
    assert.equal(await sliceOf(page), 5, "the nearest frame that is left");
    await page.keyboard.press("Control+z");
    await bar.getByText("of 3").waitFor();
    await bar.getByRole("button", { name: "All frames" }).click();
    await page.keyboard.press("ArrowDown");
    assert.equal(await sliceOf(page), 6);
  },

  "magnifier, slab, planes, window, invert, flip, rotation, zoom and corner text do what they say": async ({ page }) => {
    const { hand, at } = await spots(page);
    await choose(page, "View ▾", "Reset");
    const changed = async (deed, least = 0.5) => {
      const before = await rasterOf(page);
      await deed();
      await until(async () => apart(before, await rasterOf(page)) > least);
    };
    await tool(page, "Magnify");
    await page.mouse.move(hand.box.x + at(20, 20)[0], hand.box.y + at(20, 20)[1]);
    await page.locator(".magnifier canvas").waitFor();
    await tool(page, "Window");
    await changed(() => hand.drag([at(30, 30), [at(30, 30)[0] + 60, at(30, 30)[1] + 20]]));
    await changed(() => page.keyboard.press("u"));
    await page.keyboard.press("u");
    await changed(() => page.keyboard.press("Shift+H"));
    await changed(() => page.keyboard.press("Shift+V"));
    await changed(() => page.keyboard.press("Shift+R"));
    await page.keyboard.press("r");
    await changed(async () => {
      await page.keyboard.down("Control");
      await hand.wheel(-200);
      await page.keyboard.up("Control");
    });
    await page.keyboard.press("0");
    await scrollTo(page, 1);
    await changed(() => choose(page, "View ▾", "Maximum 10 mm"));
    assert.match(await cornerOf(page), /maximum 10 mm/);
    await choose(page, "View ▾", "One slice");
    await choose(page, "View ▾", "Coronal");
    await until(async () => /\/ 64/.test(await cornerOf(page)));
    await choose(page, "View ▾", "As acquired");
    await page.mouse.move(hand.box.x + at(20, 20)[0], hand.box.y + at(20, 20)[1]);
    await scrollTo(page, 6);
    await page.mouse.move(hand.box.x + at(20, 20)[0] + 1, hand.box.y + at(20, 20)[1]);
    await until(async () => /100\s+·\s+20 20 6/.test(await cornerOf(page)));
    await page.keyboard.press("i");
    assert.equal(await page.locator("[data-viewport=main] .corner.bl").count(), 0);
    await page.keyboard.press("i");
  },
};
