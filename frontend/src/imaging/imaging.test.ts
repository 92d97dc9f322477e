import { describe, expect, it } from "vitest";

import { cornersOf, fit, flip, goToSlice, letterOf, lookAt, nativePlane, normalOf, pan, rotate, slicePosition, slicesAway, toCanvas, toWorld, zoomAt } from "./camera";
import { add, dot, Grid, norm, subtract, type P3 } from "./grid";
import { readIndex, sizeOf } from "./pack";
import { indexPlane } from "./plane";
import { PackStream } from "./stream";
import { header, makePack, reply } from "./testing";
import { toRgba } from "./textures";

const close = (a: P3, b: P3) => expect(norm(subtract(a, b))).toBeLessThan(1e-6);
const straight = Grid.of([10, 20, 5], { origin: [-5, -10, 100], directions: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], spacing: [1, 1, 3] });
const tilted = Grid.of([10, 20, 5], { origin: [0, 0, 0], directions: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], spacing: [1, 1, 3], slice_step: [0, -1, 3] });
const coronal = Grid.of([64, 64, 30], { origin: [0, 0, 0], directions: [[1, 0, 0], [0, 0, -1], [0, 1, 0]], spacing: [1, 1, 2] });

describe("grids", () => {
  it.each([["straight", straight], ["tilted", tilted], ["coronal", coronal]])("goes from indices to the patient and back (%s)", (_, grid) => {
    for (const index of [[0, 0, 0], [3, 7, 2], [9.5, -1, 4]] as const) close(grid.toIndex(grid.toWorld(index)), index);
  });

  it("keeps the shear of a tilted gantry", () => {
    close(tilted.toWorld([0, 0, 2]), [0, -2, 6]);
  });

  it("knows what is inside", () => {
    expect(straight.contains([0, 0, 106])).toBe(true);
    expect(straight.contains([0, 0, 120])).toBe(false);
  });
});

describe("cameras", () => {
  it("looks at slices as they lie, and names the plane", () => {
    expect([nativePlane(straight), nativePlane(tilted), nativePlane(coronal)]).toEqual(["axial", "axial", "coronal"]);
    const camera = lookAt(straight, "native");
    close(camera.right, [1, 0, 0]);
    close(camera.down, [0, 1, 0]);
  });

  it("shows planes the way radiologists hang them", () => {
    for (const grid of [straight, tilted, coronal]) {
      expect(lookAt(grid, "coronal").right[0]).toBeGreaterThan(0.9);
      expect(lookAt(grid, "coronal").down[2]).toBeLessThan(-0.9);
      expect(lookAt(grid, "sagittal").right[1]).toBeGreaterThan(0.9);
      expect(lookAt(grid, "sagittal").down[2]).toBeLessThan(-0.9);
    }
  });

  it("counts slices along any plane", () => {
    expect(slicePosition(lookAt(straight, "native"), straight)).toEqual({ index: 2, count: 5 });
    expect(slicePosition(lookAt(straight, "coronal"), straight).count).toBe(20);
  });

  it("stands exactly on a slice after going to it, tilted or not", () => {
    for (const grid of [straight, tilted, coronal]) {
      const camera = goToSlice(lookAt(grid, "native"), grid, 3);
      expect(slicePosition(camera, grid).index).toBe(3);
      expect(grid.toIndex(camera.center)[2]).toBeCloseTo(3);
      expect(slicePosition(goToSlice(camera, grid, 99), grid).index).toBe(slicePosition(camera, grid).count - 1);
    }
  });

  it("maps the screen to the patient and back under any view", () => {
    const camera = rotate(flip(pan(zoomAt(fit(lookAt(straight, "native"), straight, 400, 300), 2, [1, 2, 106]), 30, -12), "horizontal"), 90);
    const world = toWorld(camera, 120, 200, 400, 300);
    const [x, y] = toCanvas(camera, world, 400, 300);
    expect(x).toBeCloseTo(120);
    expect(y).toBeCloseTo(200);
    expect(slicesAway(camera, world)).toBeLessThan(1e-9);
    expect(slicesAway(camera, add(world, normalOf(camera), 3))).toBeCloseTo(1);
  });

  it("keeps the place under the pointer when zooming", () => {
    const camera = fit(lookAt(straight, "native"), straight, 400, 300);
    const place = toWorld(camera, 50, 60, 400, 300);
    const [x, y] = toCanvas(zoomAt(camera, 3, place), place, 400, 300);
    expect([x, y].map(Math.round)).toEqual([50, 60]);
  });

  it("fits the whole image", () => {
    const camera = fit(lookAt(straight, "native"), straight, 100, 100);
    expect(camera.mmPerPixel).toBeCloseTo(0.2);
  });

  it("finds the corners of a turned picture where another view shows them", () => {
    const whole = fit(lookAt(straight, "native"), straight, 100, 100);
    const turned = rotate(zoomAt(whole, 4, whole.center), 90);
    const seen = cornersOf(turned, 100, 100).map((corner) => toCanvas(whole, corner, 100, 100).map(Math.round));
    expect(seen).toEqual([[38, 63], [38, 38], [63, 38], [63, 63]]);
  });

  it("names directions in the patient", () => {
    expect(letterOf([1, 0, 0])).toBe("L");
    expect(letterOf([0, 0, -1])).toBe("F");
    expect(letterOf([0.1, -0.9, 0.42])).toBe("AH");
  });
});

describe("planes in indices", () => {
  it("hits voxel centres exactly at one to one", () => {
    const camera = { ...lookAt(straight, "native"), mmPerPixel: 1 };
    const plane = indexPlane(straight, camera, 10, 20, 1);
    close(plane.corner, [0, 0, 2]);
    close(plane.across, [1, 0, 0]);
    expect(plane.slice).toBe(2);
  });

  it("knows oblique planes and slabs from the image's own slices", () => {
    expect(indexPlane(straight, lookAt(straight, "coronal"), 10, 10, 1).slice).toBeNull();
    const look = { window: { center: 0, width: 1 }, isInverted: false, isSmooth: true, time: 0, slab: { millimeters: 9, method: "Maximum" as const } };
    const slab = indexPlane(straight, lookAt(straight, "native"), 10, 10, 1, look);
    expect(slab.samples).toBe(4);
    expect(slab.through[2] * (slab.samples - 1)).toBeCloseTo(3);
    expect(dot(slab.through, [1, 1, 0])).toBeCloseTo(0);
  });

  it("stays on the slice of a tilted image", () => {
    const plane = indexPlane(tilted, goToSlice(lookAt(tilted, "native"), tilted, 1), 10, 20, 1);
    expect(plane.slice).toBe(1);
    expect(plane.corner[2]).toBeCloseTo(1);
    expect(plane.down[2]).toBeCloseTo(0);
  });
});

function collect(open: ConstructorParameters<typeof PackStream>[0]) {
  const parts: [number, number, number[]][] = [];
  const stream = new PackStream(open, { onIndex: () => undefined, onProgress: () => undefined, onPart: (frame, band, bytes) => parts.push([frame, band.level, [...bytes]]) });
  return { parts, done: stream.run(new AbortController().signal) };
}

const whole: [number, number, number[]][] = [[0, 1, [1, 2, 3]], [1, 1, [4, 5]], [0, 0, [1, 2, 3, 6, 7, 8, 9]], [1, 0, [4, 5, 10]]];

describe("packs", () => {
  it.each([1, 7, 100_000])("hands out codestreams whatever the size of the chunks (%i)", async (chunk) => {
    const { parts, done } = collect(() => Promise.resolve(reply(makePack(), chunk)));
    await done;
    expect(parts).toEqual(whole);
  });

  it("goes on where a connection broke", async () => {
    const pack = makePack();
    const from: number[] = [];
    const { parts, done } = collect((start) => {
      from.push(start);
      return Promise.resolve(start === 0 ? reply(pack.slice(0, pack.length - 6), 50) : reply(pack.slice(start), 3, 206));
    });
    await done;
    expect(from).toEqual([0, pack.length - 6]);
    expect(parts).toEqual(whole);
  });

  it("reads the coarsest band in a request of its own, and goes on after an interruption without counting it", async () => {
    const pack = makePack();
    const spans: (number | null)[][] = [];
    const open = (from: number, to: number | null) => {
      spans.push([from, to]);
      return Promise.resolve(reply(pack.slice(from, to ?? undefined), 4, 206));
    };
    let turns = 0;
    const parts: number[] = [];
    const stream = new PackStream(open, { onIndex: () => undefined, onProgress: () => undefined, onPart: (frame) => parts.push(frame) }, async (work) => {
      turns += 1;
      if (turns % 2 === 0) await work(new AbortController().signal);
      return turns % 2 === 0;
    });
    await stream.run(new AbortController().signal, pack.length - 5);
    expect(spans).toEqual([[0, pack.length - 5], [pack.length - 5, null]]);
    expect(parts).toEqual([0, 1, 0, 1]);
    expect(turns).toBe(4);
  });

  it("does not ask again for what can never be read", async () => {
    let requests = 0;
    const { done } = collect(() => {
      requests += 1;
      return Promise.resolve(reply(new Uint8Array(100), 20));
    });
    await expect(done).rejects.toThrow("not a pack");
    expect(requests).toBe(1);
  });

  it("refuses what is no pack, and waits for an index that is cut", () => {
    expect(() => readIndex(new Uint8Array(20))).toThrow("not a pack");
    expect(readIndex(makePack().slice(0, 40))).toBeUndefined();
  });

  it("knows columns, rows and slices of volumes, series in time and colour", () => {
    expect(sizeOf({ ...header, shape: [7, 5, 6] })).toEqual([6, 5, 7]);
    expect(sizeOf({ ...header, shape: [3, 7, 5, 6], time_points: 3 })).toEqual([6, 5, 7]);
    expect(sizeOf({ ...header, shape: [5, 6, 3], color: "RGB" })).toEqual([6, 5, 1]);
  });

  it("gives colour four bytes a pixel", () => {
    expect([...toRgba(Uint8Array.from([1, 2, 3, 4, 5, 6]), 3)]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
    expect([...toRgba(Uint16Array.from([0x0100, 0xff00, 0x7fff]), 3)]).toEqual([1, 255, 127, 255]);
  });
});
