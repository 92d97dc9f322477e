import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { answersOf, card, handOver, openStudy, saved, sliceOf, until } from "./helpers.mjs";
import { interpreterWith, root, runScript } from "./server.mjs";

const drawings = {
  "2D bounding box": { by: "drag", points: [[310, 290], [390, 350]] },
  "Distance measurement": { by: "drag", points: [[450, 300], [560, 330]] },
  Point: { by: "click", points: [[505, 455]] },
  Polygon: { by: "click", points: [[300, 420], [360, 420], [370, 480], [310, 490], [300, 421]], kept: 4 },
  Line: { by: "click", points: [[420, 560], [450, 580], [500, 560], [540, 590], [540, 590]], kept: 4 },
  Angle: { by: "click", points: [[650, 400], [700, 420], [650, 450], [700, 430]] },
  Ellipse: { by: "drag", points: [[600, 240], [710, 300]] },
  "Three-point angle": { by: "click", points: [[600, 500], [640, 540], [680, 500]] },
};

/** Points of an answer in the order in which they were put. */
const pointsOf = {
  "2D bounding box": ({ corners }) => [corners[0], corners[2]],
  "Distance measurement": ({ start, end }) => [start, end],
  Point: ({ point }) => [point],
  Polygon: ({ path_points }) => path_points,
  Line: ({ path_point_lists }) => path_point_lists[0],
  Angle: ({ lines }) => lines.flat(),
  Ellipse: ({ major_axis: [west, east], minor_axis: [north, south] }) => [[west[0], north[1], west[2]], [east[0], south[1], east[2]]],
  "Three-point angle": ({ angle }) => angle,
};

/** Each kind with its name for several, and the list that holds these on the wire. */
const plural = {
  "2D bounding box": ["Multiple 2D bounding boxes", "boxes"],
  "Distance measurement": ["Multiple distance measurements", "lines"],
  Point: ["Multiple points", "points"],
  Polygon: ["Multiple polygons", "polygons"],
  Line: ["Multiple lines", "lines"],
  Angle: ["Multiple angles", "angles"],
  Ellipse: ["Multiple ellipses", "ellipses"],
  "Three-point angle": ["Multiple three-point angles", "angles"],
};

const moved = (points, [dx, dy]) => points.map(([x, y]) => [x + dx, y + dy]);
const offsets = [[-30, -25], [25, 35]];
const outline = [[400, 300], [480, 320], [470, 400], [390, 390]];
const work = { spots: [], dabs: [] };

/** Compare points of an answer with the places of the spots where they were put. */
function compare(kind, points, expected) {
  assert.equal(points.length, expected.length, `points of ${kind}`);
  points.forEach((point, index) => point.forEach((value, axis) => assert.ok(Math.abs(value - expected[index][axis]) < 0.01, `${kind}: ${point} is not ${expected[index]}`)));
}

export default {
  "everything is drawn on a second case, once and twice": async ({ page, server }) => {
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=2`);
    await page.locator("body").press("2");
    const hand = await handOver(page);
    work.viewport = [hand.box.width, hand.box.height];
    const slice = await sliceOf(page);
    for (const [kind, { by, points, kept = points.length }] of Object.entries(drawings)) {
      const [several] = plural[kind];
      for (const [question, drawn] of [[kind, points], ...offsets.map((offset) => [several, moved(points, offset)])]) {
        await card(page, `Draw: ${question}`).getByRole("button", { name: /^Draw/ }).click();
        await hand[by](drawn);
        work.spots.push(...drawn.slice(0, kept).map((spot) => ({ spot, slice })));
      }
    }
    await saved(page);
  },

  "two segments are dabbed on two slices": async ({ page }) => {
    const question = card(page, "Outline the nodule");
    const hand = await handOver(page);
    await question.getByText("Brush", { exact: true }).click();
    for (const [label, name, spot] of [[1, "nodule", [480, 250]], [2, "vessel", [420, 330]]]) {
      await question.getByRole("radio", { name }).click();
      await hand.click([spot]);
      work.dabs.push({ label, spot, slice: await sliceOf(page), radius: 5 });
      await hand.wheel(120);
    }
    await saved(page);
  },

  "the editor's own client downloads what was drawn, to the millimetre and to the voxel": async ({ server }) => {
    const { scene, secureUrl, authority } = server;
    const folder = mkdtempSync(join(tmpdir(), "readroom-editor-"));
    const download = () => JSON.parse(execFileSync(interpreterWith("0.16.1"), [join(root, "tests/e2e/editor.py"), `${secureUrl}/api/v1/`, authority, scene.token, scene.studies.lungs, scene.cases.lungs_two, mkdtempSync(join(folder, "turn-"))], { encoding: "utf8" }));
    let got = download();
    for (let turn = 0; turn < 20 && got.masks.length === 0; turn += 1) {
      await new Promise((later) => setTimeout(later, 500));
      got = download();
    }
    assert.deepEqual(got.creators, ["reader"]);
    assert.equal(got.masks.length, 1, "the mask has arrived as a file");

    const found = runScript("ruler.py", JSON.stringify({ files: scene.series, viewport: work.viewport, spots: work.spots, dabs: work.dabs, mask: got.masks[0] }));
    for (const [kind, { points, kept = points.length }] of Object.entries(drawings)) {
      const [several, list] = plural[kind];
      const answers = [got.answers[`Draw: ${kind}`], ...got.answers[`Draw: ${several}`][list]];
      assert.equal(answers.length, 3, several);
      for (const answer of answers) compare(kind, pointsOf[kind](answer), found.places.splice(0, kept));
    }
    assert.ok(found.sameGrid, "the mask has the grid of the series");
    assert.deepEqual(found.slices, work.dabs.map(({ slice }) => slice).sort((a, b) => a - b));
    assert.equal(found.differing, 0, `every voxel is as painted, of ${JSON.stringify(found.painted)}`);
    assert.ok(found.painted[1] > 50 && found.painted[2] > 50);
  },

  "an outline on a slide stands where it was drawn, by the slide's own scale": async ({ page, server }) => {
    const { scene } = server;
    await openStudy(page, server.url, `${scene.studies.tissue}?case=1`);
    const question = card(page, "Mark the glands");
    const before = await question.locator(".finding").count();
    const hand = await handOver(page);
    await question.getByRole("button", { name: /^Draw/ }).click();
    await hand.click([...outline, outline[0]]);
    await until(async () => (await question.locator(".finding").count()) === before + 1);
    await saved(page);
    const { answer } = (await answersOf(server, scene.studies.tissue, scene.cases.tissue))["Mark the glands"];
    const { places } = runScript("slide_ruler.py", JSON.stringify({ file: scene.slide, viewport: [hand.box.width, hand.box.height], spots: outline }));
    compare("Polygon", answer.polygons.at(-1).path_points, places);
  },
};
