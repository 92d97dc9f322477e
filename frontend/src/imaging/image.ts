import type { Decoders } from "./decoders";
import { Grid } from "./grid";
import type { Lanes } from "./lanes";
import { Level } from "./level";
import { sizeOf, type Band, type PackIndex, type Samples } from "./pack";
import { Slide, type SlideDescription } from "./slide";
import { PackStream, type OpenPack } from "./stream";

/** Where images come from. */
export interface ImageOrigin {
  readonly open: OpenPack;
  /** Bytes from the start of the pack that hold its index and coarsest band. */
  coarseBytes(): Promise<number | null>;
  /** The codestream of one frame. */
  frame(frame: number, signal: AbortSignal): Promise<Uint8Array>;
  /** What the server says of a slide; nothing when the image is none. */
  slide(): Promise<SlideDescription | null>;
  tileUrl(halvings: number, row: number, column: number): string;
}

/** What images share: who decodes, whose request goes first, and whether there is memory. */
export interface ImageServices {
  readonly decoders: Pick<Decoders, "decode">;
  readonly lanes: Lanes;
  mayHold(image: PackImage, bytes: number): boolean;
}

const settleMs = 120;
const mostSingle = 32;

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
  /** There is no memory for all of it: frames come sharp when they are looked at, everything else stays coarse. */
  isShort = false;
  /** The frame a person looks at: fetched and decoded first; nothing while only other planes are shown. */
  #focus: number | undefined;
  #bandsRead = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;
  readonly #asked = new Set<number>();
  readonly #single = new Map<number, Level>();
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #stopStream = new AbortController();
  #sorted: Float64Array | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly key: string,
    private readonly origin: ImageOrigin,
    private readonly services: ImageServices,
  ) {
    const listener = {
      onIndex: (index: PackIndex) => this.#begin(index),
      onPart: (frame: number, band: Band, bytes: Uint8Array) => {
        if (frame + 1 === this.frames) this.#bandsRead += 1;
        void this.#decode(frame, band.level, bytes);
      },
      onProgress: (received: number, total: number) => (this.share = total > 0 ? received / total : 0),
    };
    const stream = new PackStream(origin.open, listener, (work) => services.lanes.run(() => this.#urgency, work));
    const signal = AbortSignal.any([this.#stop.signal, this.#stopStream.signal]);
    origin
      .coarseBytes()
      .catch(() => null)
      .then((coarse) => stream.run(signal, coarse))
      .catch((problem: unknown) => (signal.aborted || this.index ? this.#fail(problem) : this.#tryAsSlide(problem)));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.services.lanes.review();
    return () => this.#listeners.delete(listener);
  };

  /** Somebody looks at it, or waits for it. */
  get isShown(): boolean {
    return this.#listeners.size > 0;
  }

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#telling);
    clearTimeout(this.#settling);
    this.levels.length = 0;
    this.#single.clear();
    this.#listeners.clear();
  }

  /** Say which frame a person looks at. When the stream has not got to it, it is fetched by itself: sharp on a slow line too. */
  lookAt(frame: number): void {
    if (frame === this.#focus) return;
    this.#focus = frame;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#fetchFocus(), settleMs);
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
    return [...this.levels, ...this.#single.values()].reduce((sum, { held }) => sum + held, 0);
  }

  /** Slope, intercept and unit that make a frame's stored values real. */
  scale(frame: number): readonly [number, number, string] {
    const scales = this.index?.header.scales ?? [];
    return scales[scales.length === 1 ? 0 : frame] ?? [1, 0, ""];
  }

  /** The finest level in which a frame is there, and not longer or wider than a limit. */
  finestOf(frame: number, limit = Infinity): Level | undefined {
    const single = this.#single.get(frame);
    return [...this.levels, ...(single ? [single] : [])].findLast((level) => level.has(frame) && Math.max(level.columns, level.rows) <= limit);
  }

  /** The finest level that is complete. */
  get finest(): Level | undefined {
    return this.levels.findLast(({ isComplete }) => isComplete);
  }

  /** Real value of a voxel, and whether it is exact; nothing outside or before it has arrived. Colour gives its channels. */
  valueAt(column: number, row: number, slice: number, time = 0): { values: number[]; isExact: boolean } | undefined {
    const [columns, rows, slices] = this.grid?.size ?? [0, 0, 0];
    if (column < 0 || row < 0 || slice < 0 || column >= columns || row >= rows || slice >= slices) return undefined;
    const frame = time * slices + slice;
    const level = this.finestOf(frame);
    if (!level) return undefined;
    const at = ((row >> level.level) * level.columns + (column >> level.level)) * this.channels;
    const [slope, intercept] = this.scale(frame);
    const values = Array.from(level.part(frame).subarray(at, at + this.channels), (stored) => (this.isColor ? stored : stored * slope + intercept));
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
    const level = this.levels.find(({ isComplete }) => isComplete);
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
      this.levels.push(new Level({ level, rows, columns, channels: this.channels, dtype: index.header.dtype }, this.frames));
    }
    this.#tell();
    void this.#fetchFocus();
  }

  get #urgency(): number {
    if (this.#stop.signal.aborted) return 9;
    return (this.isShown ? 0 : 2) + (this.#bandsRead > 0 ? 1 : 0);
  }

  async #decode(frame: number, level: number, bytes: Uint8Array): Promise<void> {
    const { codec, header } = this.index ?? {};
    if (!codec || !header) return;
    const target = this.levels.find((each) => each.level === level);
    if (target?.has(frame) || !this.#hasRoomFor(target)) return;
    if (level === 0) this.#asked.add(frame);
    const priority = () => {
      if (this.#stop.signal.aborted) return -Infinity;
      const order = frame === this.#focus ? -1e9 : Math.abs(frame - (this.#focus ?? this.frames / 2)) - level * 1e6;
      return this.isShown ? order : order + 1e10;
    };
    try {
      this.#place(frame, level, await this.services.decoders.decode({ codec, dtype: header.dtype, bytes, level }, priority));
    } catch (problem) {
      this.#fail(problem);
    }
  }

  /** Ask for a level's memory before its first frame is decoded; without it the stream ends and the image stays coarser. */
  #hasRoomFor(target: Level | undefined): boolean {
    if (!target) return false;
    if (this.isShort || target.held > 0 || target === this.levels[0] || this.services.mayHold(this, target.bytes)) return true;
    this.#runShort(target);
    return false;
  }

  /** Do without a level and all finer ones; the frames of coarser ones have been read and are still decoded. */
  #runShort(missing: Level): void {
    this.isShort = true;
    this.failure = "Memory is short: slices turn sharp when you rest on them, other planes stay coarse. Close other tabs to have all of it.";
    this.#stopStream.abort();
    this.#asked.clear();
    this.levels.splice(this.levels.indexOf(missing));
    this.progress = "coarse";
    this.#tell();
    void this.#fetchFocus();
  }

  /** The frame under the eyes, whole, before its turn in the stream. */
  async #fetchFocus(): Promise<void> {
    const frame = this.#focus;
    const { codec, header, bands } = this.index ?? {};
    const full = bands?.at(-1);
    if (!codec || !header || !full || frame === undefined || this.frames < 2 || !this.isShown || this.#stop.signal.aborted) return;
    if (this.#asked.has(frame) || this.finestOf(frame)?.level === 0) return;
    this.#asked.add(frame);
    try {
      const bytes = await this.origin.frame(frame, this.#stop.signal);
      const samples = await this.services.decoders.decode({ codec, dtype: header.dtype, bytes, level: 0 }, () => (frame === this.#focus ? -1e9 : 0));
      if (!this.isShort) this.#place(frame, 0, samples);
      else this.#placeSingle(frame, new Level({ ...full, channels: this.channels, dtype: header.dtype }, 1, frame), samples);
    } catch {
      this.#asked.delete(frame);
    }
  }

  #placeSingle(frame: number, level: Level, samples: Samples): void {
    level.place(frame, samples);
    this.#single.set(frame, level);
    for (const old of [...this.#single.keys()].slice(0, -mostSingle)) {
      this.#single.delete(old);
      this.#asked.delete(old);
    }
    this.#tell();
  }

  #place(frame: number, level: number, samples: Samples): void {
    const target = this.levels.find((each) => each.level === level);
    if (!target || target.has(frame) || !this.#hasRoomFor(target)) return;
    try {
      target.place(frame, samples);
    } catch (problem) {
      if (!(problem instanceof RangeError)) throw problem;
      return this.#runShort(target);
    }
    if (target.isComplete) {
      this.progress = level === 0 ? "full" : "coarse";
      if (level === 0) this.levels.splice(0, this.levels.indexOf(target));
      this.#sorted = undefined;
    }
    if (frame === this.#focus || target.isComplete) this.#tell();
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
    if (this.#stop.signal.aborted || this.isShort) return;
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
