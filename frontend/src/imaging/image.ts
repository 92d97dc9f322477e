import type { Decoders } from "./decoders";
import { Grid } from "./grid";
import { makeSamples, sizeOf, type Band, type PackIndex, type Samples } from "./pack";
import { Slide, type SlideDescription } from "./slide";
import { PackStream, type OpenPack } from "./stream";

/** Where images come from. */
export interface ImageOrigin {
  readonly open: OpenPack;
  /** What the server says of a slide; nothing when the image is none. */
  slide(): Promise<SlideDescription | null>;
  tileUrl(halvings: number, row: number, column: number): string;
}

/** All frames of an image at one resolution; a frame counts once it is decoded. */
export interface Level {
  readonly level: number;
  readonly columns: number;
  readonly rows: number;
  readonly samples: Samples;
  readonly has: Uint8Array;
  arrived: number;
}

export type Progress = "waiting" | "coarse" | "full" | "failed";

/** An image of the server, growing finer while it arrives. */
export class PackImage {
  index: PackIndex | undefined;
  grid: Grid | undefined;
  slide: Slide | undefined;
  readonly levels: Level[] = [];
  progress: Progress = "waiting";
  share = 0;
  failure: string | undefined;
  /** The frame a person looks at: decoded first. */
  focus = 0;
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  #sorted: Float64Array | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly key: string,
    private readonly origin: ImageOrigin,
    private readonly decoders: Decoders,
  ) {
    const stream = new PackStream(origin.open, {
      onIndex: (index) => this.#begin(index),
      onPart: (frame, band, bytes) => void this.#decode(frame, band, bytes),
      onProgress: (received, total) => (this.share = total > 0 ? received / total : 0),
    });
    stream.run(this.#stop.signal).catch((problem: unknown) => (this.index ? this.#fail(problem) : this.#tryAsSlide(problem)));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#telling);
    this.levels.length = 0;
    this.#listeners.clear();
  }

  get isColor(): boolean {
    return this.index !== undefined && this.index.header.color !== "GRAY";
  }

  get channels(): number {
    return { GRAY: 1, RGB: 3, RGBA: 4 }[this.index?.header.color ?? "GRAY"];
  }

  get frames(): number {
    return this.index?.bands[0]?.lengths.length ?? 0;
  }

  get slices(): number {
    return this.grid?.size[2] ?? 1;
  }

  get bytes(): number {
    return this.levels.reduce((sum, { samples }) => sum + samples.byteLength, 0);
  }

  /** Slope, intercept and unit that make a frame's stored values real. */
  scale(frame: number): readonly [number, number, string] {
    const scales = this.index?.header.scales ?? [];
    return scales[scales.length === 1 ? 0 : frame] ?? [1, 0, ""];
  }

  /** The finest level in which a frame is there. */
  finestOf(frame: number): Level | undefined {
    return [...this.levels].reverse().find(({ has }) => has[frame] === 1);
  }

  /** The finest level that is complete. */
  get finest(): Level | undefined {
    return [...this.levels].reverse().find(({ arrived }) => arrived === this.frames);
  }

  /** Real value of a voxel, and whether it is exact; nothing outside or before it has arrived. Colour gives its channels. */
  valueAt(column: number, row: number, slice: number, time = 0): { values: number[]; isExact: boolean } | undefined {
    const [columns, rows, slices] = this.grid?.size ?? [0, 0, 0];
    if (column < 0 || row < 0 || slice < 0 || column >= columns || row >= rows || slice >= slices) return undefined;
    const frame = time * slices + slice;
    const level = this.finestOf(frame);
    if (!level) return undefined;
    const at = ((frame * level.rows + (row >> level.level)) * level.columns + (column >> level.level)) * this.channels;
    const [slope, intercept] = this.scale(frame);
    const values = Array.from(level.samples.subarray(at, at + this.channels), (stored) => (this.isColor ? stored : stored * slope + intercept));
    return { values, isExact: level.level === 0 };
  }

  /** Real values by voxel number of one time point, as fine as they are complete; first channel of colour. */
  reader(time: number): ((voxel: number) => number) | undefined {
    const { grid } = this;
    const level = this.finest ?? this.levels[0];
    if (!grid || !level) return undefined;
    const [columns, rows, slices] = grid.size;
    const { samples, level: halvings, columns: width, rows: height } = level;
    const { channels } = this;
    const [slope, intercept] = this.scale(time * slices);
    const scales = this.index?.header.scales ?? [];
    if (halvings === 0 && scales.length === 1) {
      const start = time * columns * rows * slices;
      return (voxel) => (samples[(start + voxel) * channels] ?? 0) * slope + intercept;
    }
    return (voxel) => {
      const i = voxel % columns;
      const j = ((voxel / columns) | 0) % rows;
      const frame = time * slices + ((voxel / (columns * rows)) | 0);
      const [frameSlope, frameIntercept] = scales.length > 1 ? this.scale(frame) : [slope, intercept];
      return (samples[((frame * height + (j >> halvings)) * width + (i >> halvings)) * channels] ?? 0) * frameSlope + frameIntercept;
    };
  }

  /** Real values of a sample of the coarse pixels, sorted, for percentile windows. */
  get sortedValues(): ArrayLike<number> {
    const level = this.levels.find(({ arrived }) => arrived === this.frames);
    if (this.#sorted || !level) return this.#sorted ?? [];
    const stride = Math.max(1, Math.floor(level.samples.length / 50_000));
    const perFrame = level.columns * level.rows * this.channels;
    const picked: number[] = [];
    for (let at = 0; at < level.samples.length; at += stride) {
      const [slope, intercept] = this.scale(Math.floor(at / perFrame));
      picked.push((level.samples[at] ?? 0) * slope + intercept);
    }
    return (this.#sorted = Float64Array.from(picked.filter(Number.isFinite)).sort());
  }

  #begin(index: PackIndex): void {
    if (this.index) return;
    this.index = index;
    const size = sizeOf(index.header);
    this.grid = Grid.of(size, index.header.geometry);
    for (const { level, rows, columns } of index.bands) {
      const samples = makeSamples(index.header.dtype, rows * columns * this.frames * this.channels);
      this.levels.push({ level, rows, columns, samples, has: new Uint8Array(this.frames), arrived: 0 });
    }
    this.#tell();
  }

  async #decode(frame: number, band: Band, bytes: Uint8Array): Promise<void> {
    const { codec, header } = this.index ?? {};
    if (!codec || !header) return;
    const priority = () => (this.#stop.signal.aborted ? -1 : Math.abs(frame - this.focus) - band.level * 1e6);
    try {
      const samples = await this.decoders.decode({ codec, dtype: header.dtype, bytes, level: band.level }, priority);
      this.#place(frame, band.level, samples);
    } catch (problem) {
      if (!this.#stop.signal.aborted) this.#fail(problem);
    }
  }

  #place(frame: number, level: number, samples: Samples): void {
    const target = this.levels.find((each) => each.level === level);
    if (!target || target.has[frame]) return;
    target.samples.set(samples.subarray(0, target.rows * target.columns * this.channels), frame * target.rows * target.columns * this.channels);
    target.has[frame] = 1;
    target.arrived += 1;
    if (target.arrived === this.frames) {
      this.progress = level === 0 ? "full" : "coarse";
      const done = this.levels.indexOf(target);
      this.levels.splice(0, level === 0 ? done : 0);
      this.#sorted = undefined;
    }
    if (frame === this.focus || target.arrived === this.frames) this.#tell();
    else this.#tellSoon();
  }

  /** Frames that nobody looks at are told of a few times a second: drawing must not starve decoding. */
  #tellSoon(): void {
    this.#telling ??= setTimeout(() => this.#tell(), 250);
  }

  /** An image without stored frames may be a whole slide. */
  async #tryAsSlide(problem: unknown): Promise<void> {
    const found = await this.origin.slide().catch(() => null);
    if (!found) return this.#fail(problem);
    this.slide = new Slide(found, this.origin.tileUrl, () => this.#tell());
    this.grid = this.slide.grid;
    const header = { name: found.name, modality: "SM", shape: [found.height, found.width, 3], dtype: "|u1", color: "RGB" as const, time_points: 1, geometry: found.geometry, findings: found.findings, scales: [], windows: [], is_inverted: false, frame_seconds: null };
    this.index = { version: 1, codec: "htj2k", header, minimum: 0, maximum: 255, window: [128, 256], voxels_sha256: "", bands: [] };
    this.progress = "full";
    this.#tell();
  }

  #fail(problem: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.failure = problem instanceof Error ? problem.message : String(problem);
    if (this.progress !== "full") this.progress = "failed";
    this.#tell();
  }

  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    for (const listener of this.#listeners) listener();
  }
}
