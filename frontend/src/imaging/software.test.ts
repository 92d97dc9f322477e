import { describe, expect, it } from "vitest";

import type { PackImage } from "./image";
import { Level } from "./level";
import { paintFrame } from "./software";
import { plainLook } from "./viewport";

/** An image of one frame; rescaled as CT is. */
function makeImage(dtype: string, values: number[], repeat: number): { image: PackImage; level: Level } {
  const length = values.length * repeat;
  const level = new Level({ level: 0, rows: 1, columns: length, channels: 1, dtype }, 1);
  level.part(0).set(Array.from({ length }, (_, at) => values[at % values.length] ?? 0));
  return { level, image: { isColor: false, channels: 1, scale: () => [2, -1024, "HU"] } as unknown as PackImage };
}

const greyOf = (pixel: number | undefined) => (pixel ?? 0) & 255;

describe("slices drawn by the processor", () => {
  it.each([["<i2", [-3, 512, 700, -32768, 32767]], ["<u2", [0, 512, 700, 65535, 1]], ["|i1", [-128, 127, 0, 5, -1]], ["|u1", [0, 255, 3, 128, 7]]])(
    "have the same greys whether values are looked up or computed (%s)",
    (dtype, values) => {
      for (const isInverted of [false, true]) {
        const look = { ...plainLook, window: { center: 40, width: 400 }, isInverted };
        const [few, many] = [makeImage(dtype, values, 1), makeImage(dtype, values, 20_000)];
        const [computed, lookedUp] = [new Uint32Array(5), new Uint32Array(100_000)];
        paintFrame(few.image, few.level, 0, look, computed);
        paintFrame(many.image, many.level, 0, look, lookedUp);
        expect([...lookedUp.subarray(99_995)]).toEqual([...computed]);
      }
    },
  );

  it("put the window's edges at black and white", () => {
    const { image, level } = makeImage("<i2", [432, 532, 632, 0, 5000], 1);
    const out = new Uint32Array(5);
    paintFrame(image, level, 0, { ...plainLook, window: { center: 40, width: 400 } }, out);
    expect([...out].map(greyOf)).toEqual([0, 127, 255, 0, 255]);
  });
});
