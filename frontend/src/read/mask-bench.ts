import { segmentPalette, type Palette } from "../hanging";
import { normalOf, type Grid, type PackImage, type Tint, type Tinted, type Viewport } from "../imaging";
import {
  applyChange,
  countVoxels,
  cut,
  emptyMask,
  fill,
  fromRuns,
  grow,
  interpolateSlices,
  markedSlices,
  markRange,
  paint,
  removeIslands,
  Stroke,
  toMetaImage,
  toRuns,
  type Mask,
  type MaskChange,
  type MaskPlace,
  type Point3,
} from "../reading";

export type MaskTool = "brush" | "eraser" | "threshold" | "fill" | "scissors" | "grow";

export interface BrushSettings {
  readonly radius: number;
  readonly isBall: boolean;
  readonly label: number;
  readonly range: readonly [number, number];
  readonly tolerance: number;
}

/** One mask in the making over an image: painted in memory, drawn over every viewport that shows the image. */
export class MaskBench {
  mask: Mask | undefined;
  revision = 0;
  highlighted: number | null = null;
  preview: readonly [number, number] | null = null;
  hidden = new Set<number>();
  palette: Palette;
  #stroke: Stroke | undefined;
  #marked: { revision: number; slices: Partial<Record<0 | 1 | 2, number[]>> } = { revision: -1, slices: {} };

  constructor(
    readonly key: string,
    readonly image: PackImage,
    segments: Parameters<typeof segmentPalette>[0],
  ) {
    this.palette = segmentPalette(segments);
  }

  get grid(): Grid | undefined {
    return this.image.grid;
  }

  /** The mask, made when the image's size is known. */
  ready(): Mask | undefined {
    if (!this.mask && this.grid) this.mask = emptyMask(this.grid.size);
    return this.mask;
  }

  restore(runs: Uint32Array): void {
    if (this.grid) this.mask = fromRuns(this.grid.size, runs);
    this.revision += 1;
  }

  /** Take a stored mask in: an image of labels over the same voxels. */
  adopt(stored: PackImage): void {
    const mask = this.ready();
    const level = stored.finest;
    if (!mask || level?.level !== 0 || level.samples.length !== mask.data.length) return;
    mask.data.set(level.samples);
    this.revision += 1;
  }

  get voxels(): number {
    return this.mask ? countVoxels(this.mask) : 0;
  }

  /** Slices in which something is marked, along the axis that a viewport looks along; counted once for each state. */
  marked(viewport: Viewport): { axis: 0 | 1 | 2; slices: readonly number[] } {
    const axis = this.#axisOf(viewport);
    if (this.#marked.revision !== this.revision) this.#marked = { revision: this.revision, slices: {} };
    const slices = (this.#marked.slices[axis] ??= this.mask ? markedSlices(this.mask, axis) : []);
    return { axis, slices };
  }

  readonly #valueOf = (): ((voxel: number) => number) => this.image.reader(0) ?? (() => 0);

  source(): Tinted | undefined {
    const mask = this.mask;
    return mask && this.grid && { grid: this.grid, valueAt: (voxel) => mask.data[voxel] ?? 0 };
  }

  tint(now: number): Tint {
    const palette = Uint8ClampedArray.from(this.palette);
    for (let label = 1; label < 256; label += 1) {
      if (this.hidden.has(label)) palette[label * 4 + 3] = 0;
      else if (this.highlighted !== null && label === this.highlighted) palette[label * 4 + 3] = 150 + 105 * Math.sin(now / 160);
    }
    return { palette, low: 0, high: 255, alpha: 0.5, isSmooth: false };
  }

  /** What a threshold would mark, breathing until it is applied. */
  previewTint(now: number, label: number): Tint | undefined {
    if (!this.preview) return undefined;
    const [low, high] = this.preview;
    const span = Math.max(high - low, 1e-6);
    const palette = new Uint8ClampedArray(1024);
    const color = this.palette.subarray(label * 4, label * 4 + 3);
    for (let entry = 1; entry < 255; entry += 1) palette.set([color[0] ?? 0, color[1] ?? 0, color[2] ?? 0, 255], entry * 4);
    return { palette, low: low - span / 253, high: high + span / 253, alpha: 0.4 + 0.25 * Math.sin(now / 350), isSmooth: false };
  }

  /** Paint at a place; the stroke ends with `end`. */
  touch(tool: MaskTool, viewport: Viewport, world: Point3, settings: BrushSettings): void {
    const mask = this.ready();
    const { grid } = this;
    if (!mask || !grid || !viewport.camera) return;
    const stroke = (this.#stroke ??= new Stroke(mask));
    const at = grid.toIndex(world);
    const label = tool === "eraser" ? 0 : settings.label;
    if (tool === "brush" || tool === "eraser" || tool === "threshold") {
      paint(stroke, grid.steps, at, {
        radius: settings.radius,
        label,
        ...(settings.isBall ? {} : { normal: normalOf(viewport.camera) }),
        ...(tool === "threshold" ? { range: settings.range, lookUp: this.#valueOf() } : {}),
      });
    } else if (tool === "fill") {
      const { axis, index, u, v } = this.#sliceOf(viewport, at);
      fill(stroke, axis, index, [Math.round(at[u]), Math.round(at[v])], label);
    } else if (tool === "grow") {
      const [i, j, k] = at.map(Math.round) as [number, number, number];
      if (grid.contains(world)) grow(stroke, i + grid.size[0] * (j + grid.size[1] * k), label, settings.tolerance, this.#valueOf());
    }
    this.revision += 1;
  }

  /** Mark inside a freehand outline on the plane of a viewport. */
  scissor(viewport: Viewport, outline: readonly Point3[], label: number): void {
    const mask = this.ready();
    const { grid } = this;
    const first = outline[0];
    if (!mask || !grid || !first) return;
    const { axis, index, u, v } = this.#sliceOf(viewport, grid.toIndex(first));
    const stroke = (this.#stroke ??= new Stroke(mask));
    cut(stroke, axis, index, outline.map((place) => grid.toIndex(place)).map((at) => [at[u], at[v]] as const), label);
    this.revision += 1;
  }

  /** The voxel slice that is nearest to a viewport's plane. */
  #sliceOf(viewport: Viewport, at: Point3): { axis: 0 | 1 | 2; index: number; u: 0 | 1; v: 1 | 2 } {
    const axis = this.#axisOf(viewport);
    return { axis, index: Math.round(at[axis]), u: axis === 0 ? 1 : 0, v: axis === 2 ? 1 : 2 };
  }

  #axisOf(viewport: Viewport): 0 | 1 | 2 {
    const normal = viewport.camera ? normalOf(viewport.camera) : ([0, 0, 1] as const);
    const across = (this.grid?.axes ?? []).map((axis) => Math.abs(axis[0] * normal[0] + axis[1] * normal[1] + axis[2] * normal[2]));
    return Math.max(0, across.indexOf(Math.max(...across))) as 0 | 1 | 2;
  }

  whole(act: "islands" | "interpolate" | "threshold" | "clear", settings: BrushSettings): void {
    const mask = this.ready();
    if (!mask) return;
    const stroke = (this.#stroke ??= new Stroke(mask));
    if (act === "islands") removeIslands(stroke, settings.label);
    else if (act === "interpolate") interpolateSlices(stroke, settings.label);
    else if (act === "threshold") markRange(stroke, settings.label, settings.range, this.#valueOf());
    else mask.data.forEach((label, voxel) => label === settings.label && stroke.set(voxel, 0));
    this.revision += 1;
  }

  /** End a gesture; what it changed, or nothing. */
  end(): MaskChange | undefined {
    const change = this.#stroke?.end();
    this.#stroke = undefined;
    return change && change.voxels.length > 0 ? change : undefined;
  }

  take(change: MaskChange, direction: "undo" | "redo"): void {
    if (this.mask) applyChange(this.mask, change, direction);
    this.revision += 1;
  }

  /** Everything that is needed to send the mask later, without its image. */
  snapshot(): KeptMask | undefined {
    const { header } = this.image.index ?? {};
    if (!this.mask || !header) return undefined;
    const { origin, directions, spacing } = header.geometry;
    const isFlat = header.shape.length <= (header.color === "GRAY" ? 2 : 3);
    return { runs: toRuns(this.mask), size: this.mask.size, place: { origin, directions, spacing, dimensions: isFlat ? 2 : 3 } };
  }
}

/** A mask as it waits in the browser. */
export interface KeptMask {
  readonly runs: Uint32Array;
  readonly size: readonly [number, number, number];
  readonly place: MaskPlace;
}

/** The file that the server imports. */
export const maskFile = ({ runs, size, place }: KeptMask): Promise<Blob> => toMetaImage(fromRuns(size, runs), place);
