import { describe, expect, it } from "vitest";

import type { DecodeJob } from "./decode.worker";
import { Decoders } from "./decoders";

class FakeWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly jobs: number[] = [];
  isTerminated = false;
  postMessage({ level }: DecodeJob) {
    this.jobs.push(level);
  }
  terminate() {
    this.isTerminated = true;
  }
}

function makeDecoders() {
  const workers: FakeWorker[] = [];
  const decoders = new Decoders(1, () => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker as unknown as Worker;
  });
  const decode = (level: number, priority = () => level) => decoders.decode({ codec: "htj2k", dtype: "<i2", bytes: new Uint8Array(1), level }, priority);
  return { workers, decode };
}

describe("decoders", () => {
  it("take the most urgent of what waits, by the urgency of that moment", async () => {
    const { workers, decode } = makeDecoders();
    let urgency = 9;
    const first = decode(0);
    void decode(5);
    void decode(6, () => urgency);
    urgency = 1;
    workers[0]?.onmessage?.({ data: { samples: new Int16Array([7]) } });
    expect(await first).toEqual(new Int16Array([7]));
    expect(workers[0]?.jobs).toEqual([0, 6]);
  });

  it("tell of a frame that is damaged, and go on with the next", async () => {
    const { workers, decode } = makeDecoders();
    const damaged = decode(0);
    void decode(1);
    workers[0]?.onmessage?.({ data: { failure: "The frame is damaged." } });
    await expect(damaged).rejects.toThrow("damaged");
    expect(workers[0]?.jobs).toEqual([0, 1]);
  });

  it("replace a worker that broke down, once there is work", async () => {
    const { workers, decode } = makeDecoders();
    const lost = decode(0);
    workers[0]?.onerror?.();
    await expect(lost).rejects.toThrow("Reload the page");
    expect(workers[0]?.isTerminated).toBe(true);
    expect(workers).toHaveLength(1);
    void decode(2);
    expect(workers[1]?.jobs).toEqual([2]);
  });
});
