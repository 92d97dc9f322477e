import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PackImage, type ImageOrigin } from "./image";
import { Lanes } from "./lanes";
import { ImageStore } from "./store";
import { codestreams, makePack, reply } from "./testing";

vi.stubGlobal("Worker", class { onmessage = null; });
vi.stubGlobal("navigator", { hardwareConcurrency: 1 });

/** The pack of two frames of 4x4; decoding gives the codestream's length everywhere. */
function makeScene({ hasMemory = true, isStalling = false } = {}) {
  const pack = makePack();
  const coarseBytes = pack.length - 5;
  const asked: string[] = [];
  const origin: ImageOrigin = {
    open: (from, to) => {
      asked.push(`${String(from)}-${to === null ? "" : String(to)}`);
      return Promise.resolve(reply(pack.slice(from, isStalling ? coarseBytes - 4 : (to ?? undefined)), 3, 206, isStalling));
    },
    coarseBytes: () => Promise.resolve(coarseBytes),
    frame: (frame) => {
      asked.push(`frame ${String(frame)}`);
      return Promise.resolve(codestreams[frame] ?? new Uint8Array(0));
    },
    slide: () => Promise.resolve(null),
    tileUrl: () => "",
  };
  const decode = ({ bytes, level }: { bytes: Uint8Array; level: number }) => new Promise<Int16Array>((done) => setTimeout(() => done(new Int16Array(level === 0 ? 16 : 4).fill(bytes.length)), 20));
  return { asked, coarseBytes, origin, services: { decoders: { decode }, lanes: new Lanes(), mayHold: () => hasMemory } };
}

const settled = () => vi.advanceTimersByTimeAsync(1000);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("images", () => {
  it("grow from coarse to full, in one request for the coarsest band and one for the rest", async () => {
    const { origin, services, asked, coarseBytes } = makeScene();
    const image = new PackImage("a", origin, services);
    const seen = new Set<string>();
    image.subscribe(() => seen.add(image.progress));
    await settled();
    expect(asked.filter((each) => !each.startsWith("frame"))).toEqual([`0-${String(coarseBytes)}`, `${String(coarseBytes)}-`]);
    expect([...seen]).toEqual(["waiting", "coarse", "full"]);
    expect(image.levels.map(({ level }) => level)).toEqual([0]);
    expect(image.valueAt(0, 0, 1)).toEqual({ values: [(codestreams[1] ?? []).length], isExact: true });
  });

  it("fetch the frame that is looked at by itself, once, and only while somebody looks", async () => {
    const { origin, services, asked } = makeScene({ isStalling: true });
    const image = new PackImage("a", origin, services);
    image.lookAt(1);
    await settled();
    expect(asked.filter((each) => each.startsWith("frame"))).toEqual([]);
    const release = image.subscribe(() => undefined);
    for (const frame of [0, 1, 0]) image.lookAt(frame);
    await settled();
    image.lookAt(1);
    image.lookAt(0);
    await settled();
    expect(asked.filter((each) => each.startsWith("frame"))).toEqual(["frame 0"]);
    expect(image.valueAt(0, 0, 0)).toEqual({ values: [(codestreams[0] ?? []).length], isExact: true });
    expect(image.finest).toBeUndefined();
    release();
    image.close();
  });

  it("stay coarse when memory is short, say so, and are sharp where somebody rests", async () => {
    const { origin, services, asked } = makeScene({ hasMemory: false });
    const image = new PackImage("a", origin, services);
    image.subscribe(() => undefined);
    await settled();
    expect(image).toMatchObject({ progress: "coarse", isShort: true });
    expect(image.failure).toMatch(/^Memory is short/);
    expect(image.finest?.level).toBe(1);
    expect(image.levels).toHaveLength(1);
    image.lookAt(1);
    await settled();
    expect(asked).toContain("frame 1");
    expect(image.valueAt(3, 3, 1)).toEqual({ values: [(codestreams[1] ?? []).length], isExact: true });
    expect(image.valueAt(3, 3, 0)?.isExact).toBe(false);
  });

  it("tell what happened when a frame does not decode", async () => {
    const { origin, services } = makeScene();
    const image = new PackImage("a", origin, { ...services, decoders: { decode: () => Promise.reject(new Error("The frame is damaged.")) } });
    await settled();
    expect(image).toMatchObject({ progress: "failed", failure: "The frame is damaged." });
  });
});

describe("the store of images", () => {
  it("gives the same image again, and a fresh one for one that failed", async () => {
    let openings = 0;
    const { origin } = makeScene();
    const store = new ImageStore(() => ({ ...origin, open: () => Promise.reject(Object.assign(new Error("gone"), { status: 404, number: (openings += 1) })) }));
    const first = store.ask("a");
    expect(store.ask("a")).toBe(first);
    await settled();
    expect(first.failure).toBe("gone");
    expect(store.ask("a")).not.toBe(first);
    expect(openings).toBe(1);
  });

  it("lets go of what nobody looks at when memory is short", () => {
    const { origin } = makeScene();
    const store = new ImageStore(() => origin, -1);
    const [old, shown] = [store.ask("old"), store.ask("shown")];
    shown.subscribe(() => undefined);
    store.trim(new Set());
    expect(store.ask("shown")).toBe(shown);
    expect(store.ask("old")).not.toBe(old);
  });
});
