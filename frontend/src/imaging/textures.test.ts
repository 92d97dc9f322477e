import { describe, expect, it } from "vitest";

import type { PackImage } from "./image";
import { Level } from "./level";
import { Volumes } from "./textures";

/** The calls of a graphics card that hold textures, and the memory it has. */
function makeCard(memory: number, longest = 2048) {
  const sizes = new Map<object, number>();
  let error = 0;
  const card = {
    MAX_3D_TEXTURE_SIZE: 1, OUT_OF_MEMORY: 2, NO_ERROR: 0, TEXTURE_3D: 3,
    getParameter: () => longest,
    getError: () => [error, (error = 0)][0],
    createTexture: () => ({}),
    deleteTexture: (texture: object) => sizes.delete(texture),
    bindTexture: (_: number, texture: object) => sizes.set(texture, 0),
    pixelStorei: () => undefined,
    texParameteri: () => undefined,
    texImage3D: (...given: unknown[]) => {
      const { byteLength } = given[9] as Int16Array;
      const used = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      if (used + byteLength > memory) error = 2;
      else sizes.set([...sizes.keys()].at(-1) ?? {}, byteLength);
    },
  };
  return { sizes, volumes: new Volumes(card as unknown as WebGL2RenderingContext) };
}

/** A volume of four slices in two complete levels, of 128 and 32 bytes. */
function makeImage(): PackImage {
  const levels = [{ level: 1, rows: 2, columns: 2 }, { level: 0, rows: 4, columns: 4 }].map((shape) => new Level({ ...shape, channels: 1, dtype: "<i2" }, 4));
  for (const level of levels) for (let frame = 0; frame < 4; frame += 1) level.place(frame, new Int16Array(16));
  return { levels, slices: 4, channels: 1, isColor: false } as unknown as PackImage;
}

describe("volumes on the graphics card", () => {
  it("are sent once", () => {
    const { volumes, sizes } = makeCard(1000);
    const image = makeImage();
    const [first, again] = [volumes.find(image, 0), volumes.find(image, 0)];
    expect(first?.level.level).toBe(0);
    expect(again?.texture).toBe(first?.texture);
    expect([...sizes.values()]).toEqual([128]);
  });

  it("make room for one another when the card is full", () => {
    const { volumes, sizes } = makeCard(150);
    volumes.find(makeImage(), 0);
    expect(volumes.find(makeImage(), 0)?.level.level).toBe(0);
    expect([...sizes.values()]).toEqual([128]);
  });

  it("are coarser where the card has no memory for more, or takes no longer ones", () => {
    expect(makeCard(100).volumes.find(makeImage(), 0)?.level.level).toBe(1);
    expect(makeCard(1000, 3).volumes.find(makeImage(), 0)).toBeUndefined();
    expect(makeCard(10).volumes.find(makeImage(), 0)).toBeUndefined();
  });
});
