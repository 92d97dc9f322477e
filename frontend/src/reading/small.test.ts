import { describe, expect, it, vi } from "vitest";

import { Desk } from "./desk";
import { addPoint, isFinished, mayEnd, movePoint, simplify, startSketch, toAnnotation } from "./drawing";
import { Deeds } from "./history";
import { bindKey, chordOf, defaultKeys, digitOf, keysFor } from "./keys";
import { mayMove, nextPosition, rollsOver } from "./navigation";
import { makeCase, makeQuestion, makeStudy } from "./testing";
import { countTime, noteActivity, setVisible, startStopwatch, toDuration, turnTo } from "./timing";

const free = { allow_case_navigation: true, roll_over_answers_for_n_cases: 0 };
const bound = { allow_case_navigation: false, roll_over_answers_for_n_cases: 2 };

describe("navigation", () => {
  it("moves freely only where it is allowed", () => {
    expect(mayMove(free, 0, 2, [false, false, false])).toBe(true);
    expect(mayMove(bound, 0, 2, [false, false, false])).toBe(false);
    expect(mayMove(bound, 0, 1, [true, false, false])).toBe(true);
    expect(mayMove(free, 0, 3, [true, true, true])).toBe(false);
  });

  it("ends when nothing is open", () => {
    expect(nextPosition(bound, 0, [true, true])).toBeUndefined();
    expect(nextPosition(bound, 0, [true, true, false])).toBe(2);
  });

  it("starts fresh after n rolled cases", () => {
    expect([0, 1, 2, 3, 4].map((position) => rollsOver(bound, position))).toEqual([false, true, true, false, true]);
  });
});

describe("active time", () => {
  it("stops counting half a minute after the last sign of life", () => {
    expect(countTime(startStopwatch(0, "q"), 600_000).seconds).toEqual({ q: 30 });
  });

  it("counts to the question that is open, and not while the page is hidden", () => {
    const watch = turnTo(noteActivity(startStopwatch(0, "a"), 5_000), 8_000, "b");
    const hidden = setVisible(noteActivity(watch, 10_000), 12_000, false);
    const shown = setVisible(hidden, 100_000, true);
    expect(countTime(shown, 103_000).seconds).toEqual({ a: 8, b: 7 });
  });

  it("writes durations as the wire has them", () => {
    expect(toDuration(3725.5)).toBe("01:02:05.500000");
  });
});

describe("keys", () => {
  const press = (key: string, held: Partial<Record<"ctrlKey" | "altKey" | "shiftKey" | "metaKey", boolean>> = {}) => chordOf({ key, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...held });

  it("names key presses", () => {
    expect(press("z", { ctrlKey: true })).toBe("Ctrl+Z");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press(" ")).toBe("Space");
    expect(press("Shift", { shiftKey: true })).toBe("");
  });

  it("knows options from presets", () => {
    expect(digitOf("3")).toEqual({ digit: 3, isAlt: false });
    expect(digitOf("Alt+2")).toEqual({ digit: 2, isAlt: true });
    expect(digitOf("0")).toBeUndefined();
  });

  it("binds a key anew and frees the old one", () => {
    const keys = bindKey(defaultKeys, "J", "window");
    expect(keysFor(keys, "window")).toEqual(["J"]);
    expect(keys["W"]).toBeUndefined();
  });
});

describe("drawing", () => {
  const sheet = { right: [1, 0, 0] as const, down: [0, 1, 0] as const };

  it("makes a box of two corners and keeps it one when a corner moves", () => {
    const sketch = addPoint(startSketch("box", [0, 0, 5]), [4, 2, 5]);
    expect(isFinished(sketch)).toBe(true);
    const box = toAnnotation(sketch, sheet, "x");
    expect(box.parts[0]).toEqual([[0, 0, 5], [4, 0, 5], [4, 2, 5], [0, 2, 5]]);
    expect(movePoint(box, 0, 2, [6, 3, 5]).parts[0]).toEqual([[0, 0, 5], [6, 0, 5], [6, 3, 5], [0, 3, 5]]);
  });

  it("gives an ellipse its longer axis first, also after it was changed", () => {
    const ellipse = toAnnotation(addPoint(startSketch("ellipse", [0, 0, 0]), [2, 6, 0]), sheet, "x");
    expect(ellipse.parts[0]?.slice(0, 2)).toEqual([[1, 0, 0], [1, 6, 0]]);
    const wider = movePoint(ellipse, 0, 3, [9, 3, 0]);
    expect(wider.parts[0]?.slice(0, 2)).toEqual([[-7, 3, 0], [9, 3, 0]]);
  });

  it("ends an outline with three points, not with two", () => {
    const two = addPoint(startSketch("polygon", [0, 0, 0]), [1, 0, 0]);
    expect(mayEnd(two)).toBe(false);
    expect(mayEnd(addPoint(two, [1, 1, 0]))).toBe(true);
  });

  it("drops points that say nothing, and only those", () => {
    const points = [[0, 0, 0], [1, 0.01, 0], [2, 0, 0], [2, 2, 0]] as const;
    expect(simplify(points, 0.1)).toEqual([[0, 0, 0], [2, 0, 0], [2, 2, 0]]);
  });
});

describe("undo", () => {
  it("takes back and does again, in order", () => {
    const log: string[] = [];
    const deeds = new Deeds();
    for (const name of ["a", "b"]) deeds.record({ undo: () => log.push(`-${name}`), redo: () => log.push(`+${name}`) });
    deeds.undo();
    deeds.undo();
    deeds.redo();
    expect(log).toEqual(["-b", "-a", "+a"]);
    expect(deeds.undo()).toBe(true);
    expect(deeds.undo()).toBe(false);
  });
});

describe("the desk", () => {
  it("knows when the browser refuses to keep an edit", async () => {
    const refuse = () => Promise.reject(new Error("no room"));
    const desk = new Desk({ deliver: () => Promise.resolve({ answerPk: "pk" }), truth: () => Promise.resolve({}), file: () => Promise.resolve(null) }, { put: refuse, remove: refuse }, { later: () => () => undefined });
    desk.dispatch({ type: "loaded", study: makeStudy([makeQuestion("Text", { pk: "q" })]), cases: [makeCase("a")], answers: [], kept: [], viewedAs: null });
    expect(desk.session.isStorageRefusing).toBe(false);
    desk.dispatch({ type: "edited", question: "q", value: "x", at: 1 });
    await vi.waitFor(() => expect(desk.session.isStorageRefusing).toBe(true));
  });

  it("fetches a file that a question starts from once", async () => {
    const socket = { pk: 1, title: "S", slug: "s", kind: "Multiple points", super_kind: "File" as const };
    const asked = vi.fn(() => Promise.resolve("content"));
    const desk = new Desk({ deliver: () => Promise.resolve({ answerPk: "pk" }), truth: () => Promise.resolve({}), file: asked }, { put: () => Promise.resolve(), remove: () => Promise.resolve() }, { later: () => () => undefined });
    const here = makeCase("a", { values: [{ pk: 1, interface: socket, value: null, file: "/s.json", image: null }] });
    const loaded = { type: "loaded", study: makeStudy([makeQuestion("Multiple points", { pk: "q", interface: socket })]), cases: [here], answers: [], kept: [], viewedAs: null } as const;
    desk.dispatch({ ...loaded, cases: [here], answers: [], kept: [] });
    desk.dispatch({ ...loaded, cases: [here], answers: [], kept: [] });
    await vi.waitFor(() => expect(desk.session.files["/s.json"]).toBe("content"));
    expect(asked).toHaveBeenCalledOnce();
  });

  it("delivers an answer and tells its watchers", async () => {
    const deliver = vi.fn(() => Promise.resolve({ answerPk: "pk" }));
    const removed: string[] = [];
    const desk = new Desk(
      { deliver, truth: () => Promise.resolve({}), file: () => Promise.resolve(null) },
      { put: () => Promise.resolve(), remove: (key) => Promise.resolve(void removed.push(key)) },
      { later: () => () => undefined },
    );
    desk.dispatch({ type: "loaded", study: makeStudy([makeQuestion("Text", { pk: "q" })]), cases: [makeCase("a"), makeCase("b")], answers: [], kept: [], viewedAs: null });
    desk.dispatch({ type: "edited", question: "q", value: "x", at: 1 });
    desk.dispatch({ type: "save-asked", isConfirmed: false, at: 2 });
    await vi.waitFor(() => expect(desk.session.drafts["a/q"]?.acknowledged).toBe(1));
    expect(deliver).toHaveBeenCalledOnce();
    expect(removed).toEqual(["a/q"]);
  });
});
