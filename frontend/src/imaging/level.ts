import { makeSamples, type Samples } from "./pack";

export interface LevelShape {
  /** How often the image is halved. */
  readonly level: number;
  readonly columns: number;
  readonly rows: number;
  readonly channels: number;
  readonly dtype: string;
}

/** Frames of an image at one resolution, one after another; a frame counts once it is decoded. */
export class Level {
  readonly level: number;
  readonly columns: number;
  readonly rows: number;
  readonly #has: Uint8Array;
  #samples: Samples | undefined;
  arrived = 0;

  constructor(
    readonly shape: LevelShape,
    readonly frames: number,
    readonly first = 0,
  ) {
    this.level = shape.level;
    this.columns = shape.columns;
    this.rows = shape.rows;
    this.#has = new Uint8Array(frames);
  }

  /** Bytes of all its frames. */
  get bytes(): number {
    return makeSamples(this.shape.dtype, 0).BYTES_PER_ELEMENT * this.#perFrame * this.frames;
  }

  get held(): number {
    return this.#samples?.byteLength ?? 0;
  }

  get isComplete(): boolean {
    return this.arrived === this.frames;
  }

  has(frame: number): boolean {
    return this.#has[frame - this.first] === 1;
  }

  /** Values of all frames; memory is taken when the first one comes. */
  get samples(): Samples {
    return (this.#samples ??= makeSamples(this.shape.dtype, this.#perFrame * this.frames));
  }

  part(frame: number, count = 1): Samples {
    const from = (frame - this.first) * this.#perFrame;
    return this.samples.subarray(from, from + count * this.#perFrame);
  }

  place(frame: number, samples: Samples): void {
    if (this.has(frame)) return;
    this.samples.set(samples.subarray(0, this.#perFrame), (frame - this.first) * this.#perFrame);
    this.#has[frame - this.first] = 1;
    this.arrived += 1;
  }

  get #perFrame(): number {
    return this.columns * this.rows * this.shape.channels;
  }
}
