import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { lookAt } from "./camera";
import { Slide } from "./slide";
import { header } from "./testing";

const pictures: { src: string; onload?: () => void; onerror?: () => void }[] = [];
const drawn: string[] = [];
const context = {
  canvas: { width: 200, height: 200 },
  fillRect: () => drawn.push("filled"),
  drawImage: () => drawn.push("tile"),
  stroke: () => drawn.push("crossed out"),
  setTransform: () => undefined,
  beginPath: () => undefined,
  moveTo: () => undefined,
  lineTo: () => undefined,
} as unknown as CanvasRenderingContext2D;

function makeSlide(onArrival: () => void) {
  const slide = new Slide({ name: "x", width: 200, height: 150, tile_size: 100, halvings: 1, geometry: header.geometry, findings: [] }, (...place) => place.join("/"), onArrival);
  const look = { window: { center: 0, width: 1 }, isInverted: false, isSmooth: true, slab: { millimeters: 0, method: "Average" as const }, time: 0 };
  const draw = () => {
    drawn.length = 0;
    slide.draw(context, { camera: lookAt(slide.grid, "native"), look, ratio: 1 });
    return drawn.slice(1);
  };
  return draw;
}

beforeEach(() => {
  vi.useFakeTimers();
  pictures.length = 0;
  vi.stubGlobal("Image", class {
    src = "";
    constructor() {
      pictures.push(this);
    }
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a slide", () => {
  it("asks for the coarsest tile and those of the resolution on the screen, and draws what came", () => {
    const draw = makeSlide(() => undefined);
    expect(draw()).toEqual([]);
    expect(pictures.map(({ src }) => src)).toEqual(["1/0/0", "0/0/0", "0/0/1", "0/1/0", "0/1/1"]);
    pictures[0]?.onload?.();
    pictures[2]?.onload?.();
    expect(draw()).toEqual(["tile", "tile"]);
  });

  it("crosses out a part that did not come, over the coarse one, and asks again after a while", () => {
    const arrived = vi.fn();
    const draw = makeSlide(arrived);
    draw();
    pictures[0]?.onload?.();
    pictures[1]?.onerror?.();
    expect(draw()).toEqual(["tile", "filled", "crossed out"]);
    expect(pictures).toHaveLength(5);
    vi.advanceTimersByTime(5000);
    expect(arrived).toHaveBeenCalledTimes(3);
    expect(draw()).toEqual(["tile"]);
    expect(pictures.map(({ src }) => src).filter((src) => src === "0/0/0")).toHaveLength(2);
  });
});
