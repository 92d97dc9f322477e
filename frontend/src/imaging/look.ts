import type { Camera } from "./camera";
import type { Palette } from "./palette";

/** How a viewport shows its image. */
export interface Look {
  readonly window: { readonly center: number; readonly width: number };
  readonly isInverted: boolean;
  readonly isSmooth: boolean;
  readonly slab: { readonly millimeters: number; readonly method: "Maximum" | "Minimum" | "Average" };
  readonly time: number;
}

/** A picture drawn over the base: colours by value, between `low` and `high`. */
export interface Tint {
  readonly palette: Palette;
  readonly low: number;
  readonly high: number;
  readonly alpha: number;
  readonly isSmooth: boolean;
}

export interface Scene {
  readonly camera: Camera;
  readonly look: Look;
  /** Screen pixels per layout pixel. */
  readonly ratio: number;
}
