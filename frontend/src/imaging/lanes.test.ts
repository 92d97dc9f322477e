import { describe, expect, it } from "vitest";

import { Lanes } from "./lanes";

/** Work that tells when it begins and is ended from outside. */
function makeWork(lanes: Lanes, name: string, urgency: () => number, told: string[]) {
  let finish: () => void = () => undefined;
  const done = lanes.run(urgency, (turn) => {
    told.push(name);
    return new Promise((end, fail) => {
      finish = end;
      turn.addEventListener("abort", () => fail(new Error("interrupted")));
    });
  });
  return { done, finish: () => finish() };
}

const settle = () => new Promise((done) => setTimeout(done, 0));

describe("lanes", () => {
  it("run so many at once, and the most urgent of those that wait next", async () => {
    const lanes = new Lanes(1);
    const told: string[] = [];
    const first = makeWork(lanes, "first", () => 0, told);
    makeWork(lanes, "later", () => 3, told);
    makeWork(lanes, "sooner", () => 1, told);
    await settle();
    expect(told).toEqual(["first"]);
    first.finish();
    expect(await first.done).toBe(true);
    await settle();
    expect(told).toEqual(["first", "sooner"]);
  });

  it("interrupt what is less urgent than something that waits, one at a time", async () => {
    const lanes = new Lanes(2);
    const told: string[] = [];
    const fetchedAhead = makeWork(lanes, "ahead", () => 3, told);
    makeWork(lanes, "shown", () => 1, told);
    await settle();
    makeWork(lanes, "opened", () => 0, told);
    expect(await fetchedAhead.done).toBe(false);
    await settle();
    expect(told).toEqual(["ahead", "shown", "opened"]);
  });

  it("notice on review that what waits has become urgent", async () => {
    const lanes = new Lanes(1);
    const told: string[] = [];
    const running = makeWork(lanes, "running", () => 2, told);
    let urgency = 3;
    makeWork(lanes, "waiting", () => urgency, told);
    await settle();
    expect(told).toEqual(["running"]);
    urgency = 0;
    lanes.review();
    expect(await running.done).toBe(false);
    await settle();
    expect(told).toEqual(["running", "waiting"]);
  });

  it("give the lane on when work fails", async () => {
    const lanes = new Lanes(1);
    await expect(lanes.run(() => 0, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await lanes.run(() => 0, () => Promise.resolve())).toBe(true);
  });
});
