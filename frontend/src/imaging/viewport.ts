import { fit, goToSlice, isIsotropic, isWithin, lookAt, nativePlane, slicePosition, type Camera, type Orientation } from "./camera";
import type { Grid, P3 } from "./grid";
import type { PackImage } from "./image";
import type { Look, Scene, Tint } from "./look";
import type { Renderer } from "./renderer";
import { asTinted, drawTint, type Tinted } from "./tints";

/** Something drawn over the base image. */
export interface Overlay {
  readonly name: string;
  readonly image: PackImage;
  tint: Tint;
  isVisible: boolean;
}

/** Values drawn over everything: a mask in the making, a preview of a threshold. */
export interface Veil {
  readonly source: () => Tinted | undefined;
  readonly tint: () => Tint | undefined;
}

export const plainLook: Look = {
  window: { center: 0, width: 1 },
  isInverted: false,
  isSmooth: true,
  slab: { millimeters: 0, method: "Maximum" },
  time: 0,
};

/** One viewport: an image, what lies over it, and how it is looked at. Draws when something changed, once a frame. */
export class Viewport {
  camera: Camera | undefined;
  look: Look = plainLook;
  overlays: Overlay[] = [];
  veils: Veil[] = [];
  orientation: Orientation = "native";
  width = 0;
  height = 0;
  ratio = 1;
  /** Fraction 0..1 of the stack where it opens. */
  startPosition: number | null = null;
  zoomScale = 1;
  #startLook: Partial<Look> = {};
  #context: CanvasRenderingContext2D | null = null;
  #scheduled = 0;
  #hasOwnWindow = false;
  #isFitted = true;
  readonly #listeners = new Set<() => void>();
  readonly #releases: (() => void)[] = [];
  firstDrawn = 0;
  /** Grows with every change; what shows something about this view compares it. */
  version = 0;

  constructor(
    readonly id: string,
    readonly image: PackImage,
    private readonly renderer: Renderer,
  ) {
    this.watch(image);
    this.#arrive();
  }

  watch(image: PackImage): void {
    this.#releases.push(image.subscribe(() => this.#arrive()));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Draw into this canvas from now on. */
  attach(canvas: HTMLCanvasElement | null): void {
    this.#context = canvas?.getContext("2d", { alpha: false, willReadFrequently: this.renderer.isSoftware }) ?? null;
    this.requestDraw();
  }

  close(): void {
    for (const release of this.#releases) release();
    cancelAnimationFrame(this.#scheduled);
    this.renderer.forget(this.id);
    this.#listeners.clear();
    this.#context = null;
  }

  get grid(): Grid | undefined {
    return this.image.grid;
  }

  get frame(): number {
    const slice = this.slice;
    return this.look.time * this.image.slices + (this.isNative ? slice.index : 0);
  }

  get isNative(): boolean {
    return this.orientation === "native" || (this.grid !== undefined && nativePlane(this.grid) === this.orientation);
  }

  get slice(): { index: number; count: number } {
    return this.camera && this.grid ? slicePosition(this.camera, this.grid) : { index: 0, count: 1 };
  }

  resize(width: number, height: number, ratio: number): void {
    if (width === this.width && height === this.height && ratio === this.ratio) return;
    [this.width, this.height, this.ratio] = [width, height, ratio];
    const canvas = this.#context?.canvas;
    if (canvas) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    if (this.camera && this.grid && this.#isFitted) this.camera = this.#fitted(this.camera, this.grid);
    this.changed();
  }

  setCamera(camera: Camera, isFitted = false): void {
    this.camera = camera;
    this.#isFitted = isFitted;
    if (this.isNative) this.image.lookAt(this.frame);
    this.changed();
  }

  setLook(change: Partial<Look>): void {
    if (change.window) this.#hasOwnWindow = true;
    this.look = { ...this.look, ...change };
    this.changed();
  }

  /** Show it so from the start, and again after a reset. */
  beginWith(look: Partial<Look>): void {
    this.#startLook = { ...this.#startLook, ...look };
    this.setLook(look);
  }

  /** Show the whole of what another viewport of this image shows a part of. */
  showWholeOf({ camera, look, orientation }: Viewport): void {
    if (!camera || !this.grid) return;
    [this.look, this.orientation] = [look, orientation];
    this.camera = fit(camera, this.grid, this.width, this.height);
    this.requestDraw();
  }

  /** Clearly less than the whole image is seen. */
  get isZoomed(): boolean {
    const { camera, grid } = this;
    return camera !== undefined && grid !== undefined && camera.mmPerPixel < 0.8 * fit(camera, grid, this.width, this.height).mmPerPixel;
  }

  /** Turn to another plane, keeping the place that is looked at. */
  setOrientation(orientation: Orientation): void {
    const place = this.camera?.center;
    this.orientation = orientation;
    if (!this.grid) return;
    const camera = this.#fitted(lookAt(this.grid, orientation), this.grid);
    this.camera = place && isWithin(this.grid, place) ? { ...camera, center: place } : camera;
    if (this.isNative) this.image.lookAt(this.frame);
    this.changed();
  }

  goTo(index: number): void {
    if (this.camera && this.grid) this.setCamera(goToSlice(this.camera, this.grid, index), this.#isFitted);
  }

  reset(): void {
    if (!this.grid) return;
    const { index } = this.slice;
    this.look = { ...plainLook, window: this.#startWindow(), ...this.#startLook, time: this.look.time };
    this.setCamera(this.#fitted(lookAt(this.grid, this.orientation), this.grid), true);
    this.goTo(index);
  }

  fit(): void {
    if (this.camera && this.grid) this.setCamera(this.#fitted(this.camera, this.grid), true);
  }

  /** One image pixel on one screen pixel. */
  showActualSize(): void {
    if (!this.camera || !this.grid) return;
    this.setCamera({ ...this.camera, mmPerPixel: Math.hypot(...this.grid.steps[0]) * this.ratio });
  }

  /** Draw again and tell who shows something about this view. */
  changed(): void {
    this.version += 1;
    this.requestDraw();
    for (const listener of this.#listeners) listener();
  }

  readonly requestDraw = (): void => {
    if (this.#scheduled || !this.#context) return;
    this.#scheduled = requestAnimationFrame(() => {
      this.#scheduled = 0;
      this.draw();
    });
  };

  draw(): void {
    const context = this.#context;
    if (!context || !this.camera || this.width === 0) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    const scene: Scene = { camera: this.camera, look: this.look, ratio: this.ratio };
    this.image.slide?.draw(context, scene);
    const isDrawn = this.image.slide !== undefined || this.renderer.draw(context, this.image, scene, this.id);
    if (!isDrawn) {
      context.fillStyle = "#000";
      context.fillRect(0, 0, context.canvas.width, context.canvas.height);
      return;
    }
    for (const { image, tint, isVisible } of this.overlays) {
      const source = isVisible ? asTinted(image, 0) : undefined;
      if (source) drawTint(context, source, scene, tint);
    }
    for (const veil of this.veils) {
      const [source, tint] = [veil.source(), veil.tint()];
      if (source && tint) drawTint(context, source, scene, tint);
    }
    if (this.firstDrawn === 0) this.firstDrawn = performance.now();
  }

  /** Real values under a place, with the voxel they belong to. */
  probe(world: P3): { index: P3; values: number[]; unit: string; isExact: boolean } | undefined {
    const { grid } = this;
    if (!grid) return undefined;
    const at = grid.toIndex(world);
    const index: P3 = [Math.round(at[0]), Math.round(at[1]), Math.round(at[2])];
    const found = this.image.valueAt(...index, this.look.time);
    return found && { index, ...found, unit: this.image.scale(0)[2] };
  }

  #fitted(camera: Camera, grid: Grid): Camera {
    const fitted = fit(camera, grid, this.width, this.height);
    return { ...fitted, mmPerPixel: fitted.mmPerPixel / this.zoomScale };
  }

  #startWindow(): Look["window"] {
    const [center, width] = this.image.index?.window ?? [0, 1];
    return { center, width: Math.max(width, 1e-6) };
  }

  #arrive(): void {
    const { grid } = this;
    if (grid && !this.camera) {
      if (this.orientation === "native" && !this.image.index?.header.modality && isIsotropic(grid)) this.orientation = "axial";
      this.camera = this.#fitted(lookAt(grid, this.orientation), grid);
      const { count } = this.slice;
      this.camera = goToSlice(this.camera, grid, Math.round((this.startPosition ?? 0.5) * (count - 1)));
      if (!this.#hasOwnWindow) this.look = { ...this.look, window: this.#startWindow() };
      this.look = { ...this.look, isInverted: Boolean(this.image.index?.header.is_inverted) };
      if (this.isNative) this.image.lookAt(this.frame);
    }
    this.changed();
  }
}
