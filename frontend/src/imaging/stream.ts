import { readIndex, type Band, type PackIndex } from "./pack";

/** Opens a pack from a byte on; asked again when a link has expired or a connection broke. */
export type OpenPack = (from: number, signal: AbortSignal) => Promise<Response>;

export interface PartListener {
  onIndex(index: PackIndex): void;
  /** All bytes of a frame up to and with this band. */
  onPart(frame: number, band: Band, codestream: Uint8Array): void;
  onProgress(received: number, total: number): void;
}

const attempts = 5;

/** What the server has said will not change by asking again. */
const isFinal = (problem: unknown) => typeof problem === "object" && problem !== null && "status" in problem && Number(problem.status) >= 400 && Number(problem.status) < 500;

/** Reads a pack front to back in one request, coarse bands first, and hands out every frame's part as it comes. */
export class PackStream {
  #index: PackIndex | undefined;
  #dataStart = 0;
  #head = new Uint8Array(0);
  #received = 0;
  #band = 0;
  #frame = 0;
  #part = new Uint8Array(0);
  #filled = 0;
  #parts: Uint8Array[][] = [];
  #total = 0;

  constructor(
    private readonly open: OpenPack,
    private readonly listener: PartListener,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (await this.#read(await this.open(this.#received, signal))) return;
      } catch (problem) {
        if (signal.aborted || attempt + 1 >= attempts || isFinal(problem)) throw problem;
      }
      if (attempt + 1 >= attempts) throw new Error("The image arrives only in part. Check the connection and open the case again.");
      await new Promise((done) => setTimeout(done, 250 * 2 ** attempt));
    }
  }

  async #read(response: Response): Promise<boolean> {
    if (!response.body) throw new Error("The image has no content.");
    if (this.#received > 0 && response.status !== 206) this.#restart();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return this.isComplete;
      this.#received += value.length;
      this.#take(value);
      this.listener.onProgress(this.#received, this.#total);
    }
  }

  get isComplete(): boolean {
    return this.#index !== undefined && this.#band >= this.#index.bands.length;
  }

  #restart(): void {
    this.#received = 0;
    this.#index = undefined;
    this.#head = new Uint8Array(0);
    [this.#band, this.#frame, this.#filled] = [0, 0, 0];
  }

  #take(bytes: Uint8Array): void {
    let rest = bytes;
    if (!this.#index) {
      const head = new Uint8Array(this.#head.length + bytes.length);
      head.set(this.#head);
      head.set(bytes, this.#head.length);
      this.#head = head;
      const found = readIndex(head);
      if (!found) return;
      this.#start(found.index, found.dataStart);
      rest = head.subarray(this.#dataStart);
      this.#head = new Uint8Array(0);
    }
    this.#cut(rest);
  }

  #start(index: PackIndex, dataStart: number): void {
    this.#index = index;
    this.#dataStart = dataStart;
    const last = index.bands.at(-1);
    this.#total = dataStart + (last ? last.offset + last.lengths.reduce((sum, each) => sum + each, 0) : 0);
    this.#parts = (index.bands[0]?.lengths ?? []).map(() => []);
    this.#part = new Uint8Array(index.bands[0]?.lengths[0] ?? 0);
    this.listener.onIndex(index);
  }

  #cut(bytes: Uint8Array): void {
    let at = 0;
    for (;;) {
      const band = this.#index?.bands[this.#band];
      if (!band) return;
      const take = Math.min(this.#part.length - this.#filled, bytes.length - at);
      this.#part.set(bytes.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled < this.#part.length) return;
      this.#finishPart(band);
    }
  }

  #finishPart(band: Band): void {
    const parts = this.#parts[this.#frame] ?? [];
    parts.push(this.#part);
    this.listener.onPart(this.#frame, band, joined(parts));
    const isLast = this.#band + 1 === this.#index?.bands.length;
    if (isLast) this.#parts[this.#frame] = [];
    this.#frame += 1;
    if (this.#frame >= band.lengths.length) [this.#frame, this.#band] = [0, this.#band + 1];
    this.#part = new Uint8Array(this.#index?.bands[this.#band]?.lengths[this.#frame] ?? 0);
    this.#filled = 0;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
