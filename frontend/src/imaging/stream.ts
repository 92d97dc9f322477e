import { readIndex, UnreadablePack, type Band, type PackIndex } from "./pack";

/** Opens a pack at a byte, to another or to its end; asked again when a link has expired or a connection broke. */
export type OpenPack = (from: number, to: number | null, signal: AbortSignal) => Promise<Response>;

/** Runs a request when its turn comes; says whether it came to its end. */
export type TakeTurn = (work: (turn: AbortSignal) => Promise<void>) => Promise<boolean>;

const atOnce: TakeTurn = async (work) => {
  await work(new AbortController().signal);
  return true;
};

export interface PartListener {
  onIndex(index: PackIndex): void;
  /** All bytes of a frame up to and with this band. */
  onPart(frame: number, band: Band, codestream: Uint8Array): void;
  onProgress(received: number, total: number): void;
}

/** A server that is started again is waited for, about a minute and a half. */
const attempts = 20;
const longestPauseMs = 5000;


/** What will not change by asking again. */
const isFinal = (problem: unknown) =>
  problem instanceof UnreadablePack || (typeof problem === "object" && problem !== null && "status" in problem && Number(problem.status) >= 400 && Number(problem.status) < 500);

/**
 * Reads a pack front to back, coarse bands first, and hands out every frame's part as it comes: one request for the
 * coarsest band, one for the rest, more when a connection breaks or something else is more urgent.
 */
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
    private readonly takeTurn = atOnce,
  ) {}

  /** Read to the end; the first request ends where the coarsest band does, if that is known. */
  async run(signal: AbortSignal, coarseBytes: number | null = null): Promise<void> {
    for (let failures = 0; !this.isComplete; ) {
      const from = this.#received;
      const to = coarseBytes !== null && from < coarseBytes ? coarseBytes : null;
      let problem: unknown;
      try {
        const request = async (turn: AbortSignal) => this.#read(await this.open(from, to, AbortSignal.any([signal, turn])));
        if (!(await this.takeTurn(request))) continue;
      } catch (thrown) {
        if (signal.aborted || isFinal(thrown)) throw thrown;
        problem = thrown;
      }
      if (!problem && this.#received === to) continue;
      if (this.isComplete) return;
      failures = this.#received > from ? 1 : failures + 1;
      if (failures >= attempts) throw problem ?? new Error("The image arrives only in part. Check the connection and open the case again.");
      await new Promise((done) => setTimeout(done, Math.min(longestPauseMs, 250 * 2 ** (failures - 1))));
    }
  }

  async #read(response: Response): Promise<void> {
    if (!response.body) throw new Error("The image has no content.");
    if (this.#received > 0 && response.status !== 206) this.#restart();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
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
