import type { Decoded, DecodeJob } from "./decode.worker";
import type { Samples } from "./pack";

interface Waiting {
  job: Omit<DecodeJob, "id">;
  priority: () => number;
  done: (samples: Samples) => void;
  failed: (problem: Error) => void;
}

/** A few workers that decode frames, the most urgent first; urgency is asked when a worker is free. */
export class Decoders {
  readonly #free: Worker[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #running = new Map<number, Waiting>();
  #count = 0;

  constructor(workers = Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1))) {
    for (let index = 0; index < workers; index += 1) this.#free.push(this.#start());
  }

  decode(job: Omit<DecodeJob, "id">, priority: () => number): Promise<Samples> {
    return new Promise((done, failed) => {
      this.#waiting.push({ job, priority, done, failed });
      this.#next();
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("./decode.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Decoded>) => {
      const waiting = this.#running.get(data.id);
      this.#running.delete(data.id);
      this.#free.push(worker);
      this.#next();
      if ("samples" in data) waiting?.done(data.samples);
      else waiting?.failed(new Error(data.failure));
    };
    return worker;
  }

  #next(): void {
    while (this.#free.length > 0 && this.#waiting.length > 0) {
      let best = 0;
      let urgency = Infinity;
      this.#waiting.forEach(({ priority }, index) => {
        const here = priority();
        if (here < urgency) [best, urgency] = [index, here];
      });
      const [waiting] = this.#waiting.splice(best, 1);
      const worker = this.#free.pop();
      if (!waiting || !worker) return;
      this.#count += 1;
      this.#running.set(this.#count, waiting);
      worker.postMessage({ ...waiting.job, id: this.#count } satisfies DecodeJob, [waiting.job.bytes.buffer as ArrayBuffer]);
    }
  }
}

let shared: Decoders | undefined;

/** The page's decoders. Starting them before the first image is asked for has the codec compiled when it comes. */
export const startDecoders = (): Decoders => (shared ??= new Decoders());
