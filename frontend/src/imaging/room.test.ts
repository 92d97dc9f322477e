import { afterEach, expect, it, vi } from "vitest";

import type { PackImage } from "./image";
import { ViewingRoom } from "./room";
import type { Overlay, Viewport } from "./viewport";

afterEach(() => vi.unstubAllGlobals());

it("lifts an overlay off all viewports that show it, and no other", () => {
  vi.stubGlobal("navigator", { hardwareConcurrency: 2 });
  vi.stubGlobal("Worker", EventTarget);
  vi.stubGlobal("document", { createElement: () => ({ getContext: () => null }) });
  const room = new ViewingRoom(() => {
    throw new Error("Nothing is opened here.");
  });
  const [dose, lesion] = [{ key: "dose" }, { key: "lesion" }] as unknown as [PackImage, PackImage];
  const over = (image: PackImage) => ({ image, isVisible: true }) as Overlay;
  const changed = vi.fn();
  const [main, side] = [{ overlays: [over(dose), over(lesion)], changed }, { overlays: [over(dose)], changed }] as unknown as [Viewport, Viewport];
  room.viewports.set("main", main);
  room.viewports.set("side", side);
  const seen = () => [main, side].map(({ overlays }) => overlays.map(({ isVisible }) => isVisible));
  room.showOverlay(dose, false);
  expect(seen()).toEqual([[false, true], [false]]);
  expect(changed).toHaveBeenCalledTimes(2);
  room.showOverlay(dose, true);
  expect(seen()).toEqual([[true, true], [true]]);
});
