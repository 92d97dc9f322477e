import { inflateSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { applyChange, centerOf, countVoxels, cut, emptyMask, fill, fromRuns, grow, interpolateSlices, markedSlices, markRange, paint, removeIslands, Stroke, toMetaImage, toRuns, type Mask, type Steps } from ".";

const steps: Steps = [[1, 0, 0], [0, 1, 0], [0, 0, 2]];
const at = (mask: Mask, x: number, y: number, z: number) => mask.data[x + mask.size[0] * (y + mask.size[1] * z)];

function drawn(act: (stroke: Stroke) => void, mask = emptyMask([20, 20, 10])): Mask {
  act(new Stroke(mask));
  return mask;
}

it("knows the slices that are marked, along each axis", () => {
  const mask = emptyMask([4, 3, 5]);
  mask.data[1 + 4 * (2 + 3 * 4)] = 2;
  mask.data[3 + 4 * (0 + 3 * 1)] = 1;
  expect(markedSlices(mask, 0)).toEqual([1, 3]);
  expect(markedSlices(mask, 1)).toEqual([0, 2]);
  expect(markedSlices(mask, 2)).toEqual([1, 4]);
  expect(markedSlices(emptyMask([2, 2, 2]), 2)).toEqual([]);
});

describe("painting", () => {
  it("paints a ball in millimetres, whatever the spacing", () => {
    const mask = drawn((stroke) => paint(stroke, steps, [10, 10, 5], { radius: 4, label: 1 }));
    expect(at(mask, 14, 10, 5)).toBe(1);
    expect(at(mask, 15, 10, 5)).toBe(0);
    expect(at(mask, 10, 10, 7)).toBe(1);
    expect(at(mask, 10, 10, 8)).toBe(0);
  });

  it("stays on its slice when it is flat", () => {
    const mask = drawn((stroke) => paint(stroke, steps, [10, 10, 5], { radius: 4, label: 1, normal: [0, 0, 1] }));
    expect(at(mask, 10, 10, 4)).toBe(0);
    expect(at(mask, 10, 13, 5)).toBe(1);
  });

  it("stays inside the image", () => {
    expect(countVoxels(drawn((stroke) => paint(stroke, steps, [0, 0, 0], { radius: 3, label: 1 })))).toBeGreaterThan(0);
  });

  it("paints only values within the threshold", () => {
    const mask = drawn((stroke) => paint(stroke, steps, [10, 10, 5], { radius: 5, label: 1, range: [10, 20], lookUp: (voxel) => voxel % 20 }));
    expect(at(mask, 9, 10, 5)).toBe(0);
    expect(at(mask, 11, 10, 5)).toBe(1);
  });

  it("is taken back and done again, voxel by voxel", () => {
    const mask = emptyMask([20, 20, 10]);
    mask.data[4321 % mask.data.length] = 2;
    const before = mask.data.slice();
    const stroke = new Stroke(mask);
    paint(stroke, steps, [10, 10, 5], { radius: 6, label: 1 });
    paint(stroke, steps, [11, 10, 5], { radius: 6, label: 3 });
    const after = mask.data.slice();
    const change = stroke.end();
    applyChange(mask, change, "undo");
    expect(mask.data).toEqual(before);
    applyChange(mask, change, "redo");
    expect(mask.data).toEqual(after);
  });
});

it("takes back and does again what covers the whole of a large volume", () => {
  const mask = emptyMask([256, 256, 32]);
  mask.data[7] = 2;
  const stroke = new Stroke(mask);
  markRange(stroke, 1, [0, 1_600_000], (voxel) => voxel);
  stroke.set(7, 3);
  stroke.set(9, 0);
  const after = mask.data.slice();
  const change = stroke.end();
  expect(change.voxels.length).toBe(1_600_000);
  applyChange(mask, change, "undo");
  expect(countVoxels(mask)).toBe(1);
  expect(mask.data[7]).toBe(2);
  applyChange(mask, change, "redo");
  expect(Buffer.compare(mask.data, after)).toBe(0);
});

describe("areas", () => {
  it("cuts out a polygon on a slice of any axis", () => {
    const square = [[2, 2], [8, 2], [8, 6], [2, 6]] as const;
    expect(countVoxels(drawn((stroke) => cut(stroke, 2, 3, square, 1)))).toBe(7 * 4);
    const sagittal = drawn((stroke) => cut(stroke, 0, 4, square, 1));
    expect(at(sagittal, 4, 5, 4)).toBe(1);
    expect(at(sagittal, 5, 5, 4)).toBe(0);
  });

  it("fills up to the outline and no further", () => {
    const mask = emptyMask([20, 20, 10]);
    for (let step = 4; step <= 10; step += 1) for (const [x, y] of [[step, 4], [step, 10], [4, step], [10, step]] as const) mask.data[x + 20 * (y + 20 * 2)] = 1;
    drawn((stroke) => fill(stroke, 2, 2, [7, 7], 1), mask);
    expect(countVoxels(mask)).toBe(49);
  });

  it("grows over what is alike and joined", () => {
    const valueOf = (voxel: number) => (voxel % 20 < 5 || voxel % 20 > 15 ? 100 : 0);
    const mask = drawn((stroke) => grow(stroke, 0, 1, 10, valueOf));
    expect(countVoxels(mask)).toBe(5 * 20 * 10);
  });

  it("keeps the largest piece only", () => {
    const mask = drawn((stroke) => {
      cut(stroke, 2, 1, [[0, 0], [9, 0], [9, 9], [0, 9]], 1);
      cut(stroke, 2, 5, [[0, 0], [3, 0], [3, 3], [0, 3]], 1);
    });
    drawn((stroke) => removeIslands(stroke, 1), mask);
    expect(at(mask, 1, 1, 5)).toBe(0);
    expect(at(mask, 5, 5, 1)).toBe(1);
  });

  it("looks at each voxel a few times only, however many pieces there are", () => {
    let looks = 0;
    const speckled = Uint8Array.from({ length: 40 * 40 * 10 }, (_, voxel) => (Math.floor(voxel / 40) % 2 === 0 && voxel % 2 === 0 && Math.floor(voxel / 1600) % 2 === 0 ? 1 : 0));
    const data = new Proxy(speckled, {
      get: (target, name) => {
        if (typeof name === "string" && /^\d+$/.test(name)) looks += 1;
        return Reflect.get(target, name, target) as unknown;
      },
    });
    removeIslands(new Stroke({ size: [40, 40, 10], data }), 1);
    expect(countVoxels({ size: [40, 40, 10], data: speckled })).toBe(1);
    expect(looks).toBeLessThan(12 * speckled.length);
  });

  it("blends shapes into the slices between", () => {
    const mask = drawn((stroke) => {
      cut(stroke, 2, 2, [[4, 4], [14, 4], [14, 14], [4, 14]], 1);
      cut(stroke, 2, 6, [[8, 8], [10, 8], [10, 10], [8, 10]], 1);
    });
    drawn((stroke) => interpolateSlices(stroke, 1), mask);
    const sizes = [2, 3, 4, 5, 6].map((z) => mask.data.subarray(z * 400, (z + 1) * 400).filter(Boolean).length);
    expect([...sizes].sort((a, b) => b - a)).toEqual(sizes);
    expect(sizes[2]).toBeGreaterThan(0);
    expect(at(mask, 9, 9, 7)).toBe(0);
  });

  it("marks a range in the whole volume but leaves other segments alone", () => {
    const mask = emptyMask([20, 20, 10]);
    mask.data[3] = 2;
    drawn((stroke) => markRange(stroke, 1, [0, 9], (voxel) => voxel), mask);
    expect([...mask.data.subarray(0, 11)]).toEqual([1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 0]);
  });

  it("knows the middle of a segment", () => {
    expect(centerOf(drawn((stroke) => paint(stroke, steps, [10, 8, 5], { radius: 3, label: 2 })), 2)).toEqual([10, 8, 5]);
    expect(centerOf(emptyMask([2, 2, 2]), 1)).toBeUndefined();
  });
});

describe("masks as files", () => {
  it("survive as runs", () => {
    const mask = drawn((stroke) => paint(stroke, steps, [10, 10, 5], { radius: 5, label: 7 }));
    expect(fromRuns(mask.size, toRuns(mask)).data).toEqual(mask.data);
    expect(toRuns(emptyMask([4, 4, 4]))).toEqual(Uint32Array.from([0, 64]));
  });

  it("become MetaImage files that say where they are", async () => {
    const mask = drawn((stroke) => paint(stroke, steps, [10, 10, 5], { radius: 5, label: 7 }));
    const file = await toMetaImage(mask, { origin: [1, 2, 3], directions: [[0, 1, 0], [1, 0, 0], [0, 0, -1]], spacing: [0.5, 0.5, 2], dimensions: 3 });
    const bytes = new Uint8Array(await file.arrayBuffer());
    const text = new TextDecoder("latin1").decode(bytes);
    const marker = "ElementDataFile = LOCAL\n";
    const start = text.indexOf(marker) + marker.length;
    expect(text).toContain("TransformMatrix = 0 1 0 1 0 0 0 0 -1\n");
    expect(text).toContain("Offset = 1 2 3\n");
    expect(text).toContain(`CompressedDataSize = ${String(bytes.length - start)}\n`);
    expect(new Uint8Array(inflateSync(bytes.subarray(start)))).toEqual(mask.data);
  });
});
