import type { Decoded, DecodeJob } from "./decode.worker";
import type { Samples } from "./pack";

interface Waiting {
  job: DecodeJob;
  priority: () => number;
  done: (samples: Samples) => void;
  failed: (problem: Error) => void;
}

const startWorker = () => new Worker(new URL("./decode.worker.ts", import.meta.url), { type: "module" });
const usualCount = () => Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1));

/** A few workers that decode frames, the most urgent first; urgency is asked when a worker is free. */
export class Decoders {
  readonly #free: Worker[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #running = new Map<Worker, Waiting>();

  constructor(
    private readonly most = usualCount(),
    private readonly start: () => Worker = startWorker,
  ) {
    for (let index = 0; index < most; index += 1) this.#free.push(this.#begin());
  }

  decode(job: DecodeJob, priority: () => number): Promise<Samples> {
    return new Promise((done, failed) => {
      this.#waiting.push({ job, priority, done, failed });
      this.#next();
    });
  }

  #begin(): Worker {
    const worker = this.start();
    worker.onmessage = ({ data }: MessageEvent<Decoded>) => {
      const waiting = this.#running.get(worker);
      this.#running.delete(worker);
      this.#free.push(worker);
      this.#next();
      if ("samples" in data) waiting?.done(data.samples);
      else waiting?.failed(new Error(data.failure));
    };
    worker.onerror = () => this.#give(worker);
    return worker;
  }

  /** A worker that cannot start or broke down takes no more work; the next job starts another. */
  #give(worker: Worker): void {
    worker.terminate();
    const waiting = this.#running.get(worker);
    this.#running.delete(worker);
    if (this.#free.includes(worker)) this.#free.splice(this.#free.indexOf(worker), 1);
    waiting?.failed(new Error("The decoder of images could not work. Reload the page."));
    this.#next();
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      if (this.#free.length === 0 && this.#running.size < this.most) this.#free.push(this.#begin());
      const worker = this.#free.pop();
      const waiting = worker && this.#takeMostUrgent();
      if (!waiting) return;
      this.#running.set(worker, waiting);
      worker.postMessage(waiting.job, [waiting.job.bytes.buffer as ArrayBuffer]);
    }
  }

  #takeMostUrgent(): Waiting | undefined {
    let [best, urgency] = [0, Infinity];
    this.#waiting.forEach(({ priority }, index) => {
      const here = priority();
      if (here < urgency) [best, urgency] = [index, here];
    });
    return this.#waiting.splice(best, 1)[0];
  }
}

let shared: Decoders | undefined;

/** The page's decoders. Starting them before the first image is asked for has the codec compiled when it comes. */
export const startDecoders = (): Decoders => (shared ??= new Decoders());
