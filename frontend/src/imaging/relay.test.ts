import { afterEach, describe, expect, it, vi } from "vitest";

import { fit, lookAt } from "./camera";
import { Grid } from "./grid";
import type { PackImage } from "./image";
import { Level } from "./level";
import type { Scene } from "./look";
import { Relay } from "./relay";
import type { Renderer } from "./renderer";
import { SoftwareRenderer } from "./software";
import { Volumes } from "./textures";
import { plainLook } from "./viewport";

const slices = 3000;
const image = makeLongVolume();
const scene: Scene = { camera: fit(lookAt(image.grid as Grid, "coronal"), image.grid as Grid, 5, 30), look: { ...plainLook, window: { center: slices / 2, width: slices } }, ratio: 1 };

/** Longer than a card's textures: 3000 slices of 4 by 4, each with its own number as its value. */
function makeLongVolume(): PackImage {
  const level = new Level({ level: 0, rows: 4, columns: 4, channels: 1, dtype: "<i2" }, slices);
  for (let slice = 0; slice < slices; slice += 1) level.place(slice, new Int16Array(16).fill(slice));
  const grid = Grid.of([4, 4, slices], { origin: [0, 0, 0], directions: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], spacing: [1, 1, 1] });
  return { key: "long", grid, slices, levels: [level], finest: level, isColor: false, channels: 1, scale: () => [1, 0, ""] } as unknown as PackImage;
}

/** A card that takes volumes of up to 2048 slices, as most do; what it could draw is not needed here. */
function makeCard(): Renderer {
  const volumes = new Volumes({ MAX_3D_TEXTURE_SIZE: 1, getParameter: () => 2048 } as unknown as WebGL2RenderingContext);
  return { isSoftware: false, draw: (_, asked) => volumes.find(asked, 0) !== undefined, forget: () => undefined };
}

const makeRenderer = (name: string, can: boolean, told: string[]): Renderer => ({
  isSoftware: name === "processor",
  draw: () => (told.push(name), can),
  forget: (slot) => told.push(`${name} forgets ${slot}`),
});

/** A canvas that keeps what is put into it. */
function makeCanvas(width = 0, height = 0) {
  const canvas = { width, height, pixels: new Uint32Array(), drawn: undefined as { pixels: Uint32Array; width: number } | undefined };
  const context = {
    canvas,
    createImageData: (columns: number, rows: number) => ({ data: new Uint8ClampedArray(columns * rows * 4) }),
    putImageData: ({ data }: ImageData) => (canvas.pixels = new Uint32Array(data.buffer)),
    drawImage: (source: typeof canvas) => (canvas.drawn = source),
  };
  return Object.assign(canvas, { context: context as unknown as CanvasRenderingContext2D, getContext: () => context });
}

afterEach(() => vi.unstubAllGlobals());

describe("renderers one after another", () => {
  it("hand on what they cannot draw, and nothing else", () => {
    const told: string[] = [];
    const { context } = makeCanvas();
    expect(new Relay([makeRenderer("card", true, told), makeRenderer("processor", true, told)]).draw(context, image, scene, "main")).toBe(true);
    expect(told.splice(0)).toEqual(["card"]);
    expect(new Relay([makeRenderer("card", false, told), makeRenderer("processor", true, told)]).draw(context, image, scene, "main")).toBe(true);
    expect(told.splice(0)).toEqual(["card", "processor"]);
    expect(new Relay([makeRenderer("card", false, told), makeRenderer("processor", false, told)]).draw(context, image, scene, "main")).toBe(false);
  });

  it("all forget a viewport that is closed", () => {
    const told: string[] = [];
    new Relay([makeRenderer("card", true, told), makeRenderer("processor", true, told)]).forget("main");
    expect(told).toEqual(["card forgets main", "processor forgets main"]);
  });

  it("keep canvases in the processor's memory only where there is no card at all", () => {
    expect(new Relay([makeRenderer("processor", true, [])]).isSoftware).toBe(true);
    expect(new Relay([makeRenderer("card", false, []), makeRenderer("processor", true, [])]).isSoftware).toBe(false);
  });

  it("draw a volume that is too long for the card in a coronal plane, slice by slice", () => {
    vi.stubGlobal("document", { createElement: () => makeCanvas() });
    const target = makeCanvas(5, 30);
    expect(makeCard().draw(target.context, image, scene, "main")).toBe(false);
    expect(new Relay([makeCard(), new SoftwareRenderer()]).draw(target.context, image, scene, "main")).toBe(true);
    const greys = Array.from({ length: 30 }, (_, row) => (target.drawn?.pixels[row * 5 + 2] ?? 0) & 255).filter((grey) => grey > 0);
    expect(greys.length).toBeGreaterThan(20);
    expect(greys).toEqual([...greys].sort((a, b) => b - a));
    expect(greys[0]).toBeGreaterThan(240);
    expect(greys.at(-1)).toBeLessThan(15);
  });
});
