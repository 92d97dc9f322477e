import { describe, expect, it } from "vitest";

import type { ReaderStudy } from "../contract";

import { draftOf, isCaseComplete, lockOf, saveState, startSession, valueOf, type Session } from "./session";
import { step, type Effect, type Event, type KeptEdit } from "./steps";
import { makeAnswer, makeCase, makeQuestion, makeStudy } from "./testing";

const text = makeQuestion("Text", { pk: "q", required: true });
const cases = ["a", "b", "c"].map((pk) => makeCase(pk));

function run(session: Session, ...events: Event[]): { session: Session; effects: Effect[] } {
  return events.reduce<{ session: Session; effects: Effect[] }>((at, event) => {
    const next = step(at.session, event);
    return { session: next.session, effects: [...at.effects, ...next.effects] };
  }, { session, effects: [] });
}

function open(change: Partial<ReaderStudy> = {}, more: Partial<Extract<Event, { type: "loaded" }>> = {}): Session {
  return step(startSession, { type: "loaded", study: makeStudy([text], change), cases, answers: [], kept: [], viewedAs: null, ...more }).session;
}

const edit = (value: string, at = 1): Event => ({ type: "edited", question: "q", value, at });
const save: Event = { type: "save-asked", isConfirmed: false, at: 1 };
const sends = (effects: Effect[]) => effects.filter((each) => each.type === "send");
const ack = (key: string, sequence: number): Event => ({ type: "acknowledged", key, sequence, answerPk: "pk" });

describe("a reading session", () => {
  it("counts an edit of a loaded answer as later than it, also where the clock is slow", () => {
    const modified = "2026-03-01T12:00:00Z";
    const { session } = run(open({}, { answers: [makeAnswer("a", "q", "quick", { modified })], startAt: 0 }), edit("slow", Date.parse(modified) - 600_000));
    expect(Object.values(session.drafts).map(({ editedAt }) => editedAt)).toEqual([Date.parse(modified) + 1]);
  });

  it("takes nothing while its study is paused or closed, and can be looked through", () => {
    for (const state of ["paused", "closed"]) {
      const session = open({ state });
      expect(lockOf(session, text)).toMatch(state);
      expect(valueOf(run(session, edit("x")).session, text)).toBe("");
      expect(sends(run(session, edit("x"), save).effects)).toEqual([]);
      expect(run(session, save).session.position).toBe(1);
    }
    expect(lockOf(open({ state: "draft", roles: ["editor"] }), text)).toBeNull();
    expect(lockOf(open({ state: "draft", roles: ["reader"] }), text)).toContain("draft");
  });

  it("opens at the first case that is not complete", () => {
    const session = open({}, { answers: [makeAnswer("a", "q", "done")] });
    expect(session.position).toBe(1);
    expect(saveState(session)).toBe("saved");
  });

  it("shows the end when all is read", () => {
    expect(open({}, { answers: ["a", "b", "c"].map((pk) => makeAnswer(pk, "q", "done")) }).phase).toBe("finished");
  });

  it("does not move on while an answer is needed", () => {
    const { session, effects } = run(open(), save);
    expect(session.position).toBe(0);
    expect(session.complaints).toEqual({ q: "An answer is needed." });
    expect(sends(effects)).toEqual([]);
  });

  it("moves on at once and sends behind the reader's back", () => {
    const { session, effects } = run(open(), edit("x"), save);
    expect(session.position).toBe(1);
    expect(sends(effects)).toHaveLength(1);
    expect(saveState(session)).toBe("saving");
    expect(saveState(run(session, ack("a/q", 1)).session)).toBe("saved");
  });

  it("keeps every edit in the browser until the server has it", () => {
    const { session, effects } = run(open(), edit("x"));
    expect(effects).toContainEqual({ type: "keep", edit: { key: "a/q", value: "x", sequence: 1, isWanted: false, seconds: 0, editedAt: 1 } });
    expect(run(session, save, ack("a/q", 1)).effects).toContainEqual({ type: "forget", key: "a/q" });
  });

  it("has one request of an answer on its way and sends the newest edit after it", () => {
    const autosaving = open({ enable_autosaving: true });
    const first = run(autosaving, edit("x"), { type: "autosave-due", key: "a/q" }, edit("xy"), { type: "autosave-due", key: "a/q" });
    expect(sends(first.effects)).toHaveLength(1);
    const second = run(first.session, ack("a/q", 1));
    expect(sends(second.effects)).toMatchObject([{ value: "xy", sequence: 2, answerPk: "pk" }]);
  });

  it("ignores acknowledgements of older edits that arrive late", () => {
    const { session } = run(open(), edit("x"), save, ack("a/q", 1));
    expect(run(session, { type: "acknowledged", key: "a/q", sequence: 1, answerPk: "other" }).session).toBe(session);
  });

  it("keeps what the server cannot take now, and sends it when it can", () => {
    const offline = run(open(), edit("x"), save, { type: "not-saved", key: "a/q", sequence: 1, failure: "offline", message: "" });
    expect(saveState(offline.session)).toBe("kept");
    expect(offline.effects).toContainEqual({ type: "retry-later", afterMs: 1000 });
    const again = run(offline.session, { type: "retry-due" });
    expect(sends(again.effects)).toMatchObject([{ value: "x" }]);
  });

  it("waits longer after every failure, up to half a minute", () => {
    let session = run(open(), edit("x"), save).session;
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const failed = run(session, { type: "not-saved", key: "a/q", sequence: 1, failure: "offline", message: "" });
      waits.push(...failed.effects.flatMap((each) => (each.type === "retry-later" ? [each.afterMs] : [])));
      session = run(failed.session, { type: "retry-due" }).session;
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  });

  it("stops sending when signed out and sends all after signing in", () => {
    const out = run(open(), edit("x"), save, { type: "not-saved", key: "a/q", sequence: 1, failure: "signed-out", message: "" });
    expect(saveState(out.session)).toBe("signed-out");
    expect(sends(run(out.session, { type: "retry-due" }).effects)).toEqual([]);
    expect(sends(run(out.session, { type: "signed-in" }).effects)).toHaveLength(1);
  });

  it("keeps an answer that was refused and says why", () => {
    const refused = run(open(), edit("x"), save, { type: "not-saved", key: "a/q", sequence: 1, failure: "refused", message: "Too long." });
    expect(draftOf(refused.session, "a", "q")?.refusal).toBe("Too long.");
    expect(saveState(refused.session)).toBe("refused");
    expect(isCaseComplete(refused.session, "a")).toBe(false);
  });

  it("tries a refused answer again when it is saved again", () => {
    const refused = run(open({ allow_case_navigation: true }), edit("x"), save, { type: "not-saved", key: "a/q", sequence: 1, failure: "refused", message: "Closed." }, { type: "move-asked", to: 0, at: 3 });
    const again = run(refused.session, save);
    expect(sends(again.effects)).toMatchObject([{ value: "x", sequence: 1 }]);
    expect(saveState(again.session)).toBe("saving");
  });
});

describe("after a reload", () => {
  const kept: KeptEdit = { key: "a/q", value: "kept", sequence: 3, isWanted: true, seconds: 4, editedAt: Date.parse("2026-02-01") };

  it("sends what was kept", () => {
    const { session, effects } = step(startSession, { type: "loaded", study: makeStudy([text]), cases, answers: [], kept: [kept], viewedAs: null });
    expect(sends(effects)).toMatchObject([{ key: "a/q", value: "kept", seconds: 4 }]);
    expect(session.position).toBe(1);
  });

  it("prefers the later of a kept edit and an answer given elsewhere", () => {
    const elsewhere = makeAnswer("a", "q", "elsewhere", { modified: "2026-03-01T00:00:00Z" });
    const loaded = step(startSession, { type: "loaded", study: makeStudy([text]), cases, answers: [elsewhere], kept: [kept], viewedAs: null });
    expect(draftOf(loaded.session, "a", "q")?.value).toBe("elsewhere");
    expect(loaded.effects).toContainEqual({ type: "forget", key: "a/q" });
  });

  it("saves unsent typing by itself where the study does so", () => {
    const loaded = step(startSession, { type: "loaded", study: makeStudy([text], { enable_autosaving: true }), cases, answers: [], kept: [{ ...kept, key: "b/q", isWanted: false }], viewedAs: null });
    expect(loaded.effects).toEqual([{ type: "autosave-later", key: "b/q", afterMs: 1200 }]);
    expect(sends(run(loaded.session, { type: "autosave-due", key: "b/q" }).effects)).toMatchObject([{ key: "b/q", value: "kept" }]);
  });

  it("loses no edit that was made while the study was loaded again, and stays at its case", () => {
    const typing = run(open(), { type: "move-asked", to: 1, at: 1 }, edit("while loading", 5));
    const again = run(typing.session, { type: "loaded", study: makeStudy([text]), cases, answers: [], kept: [{ ...kept, key: "b/q", editedAt: 3 }], viewedAs: null });
    expect(again.session.position).toBe(1);
    expect(valueOf(again.session, text)).toBe("while loading");
    expect(saveState(again.session)).toBe("unsaved");
  });

  it("shows unsent typing again without sending it", () => {
    const loaded = step(startSession, { type: "loaded", study: makeStudy([text]), cases, answers: [], kept: [{ ...kept, isWanted: false }], viewedAs: null });
    expect(valueOf(loaded.session, text, "a")).toBe("kept");
    expect(sends(loaded.effects)).toEqual([]);
    expect(saveState(loaded.session)).toBe("unsaved");
  });
});

describe("the study's rules", () => {
  it("locks saved answers where they may not be changed", () => {
    const session = run(open({ allow_answer_modification: false }), edit("x"), save).session;
    expect(lockOf(session, text, "a")).toContain("cannot be changed");
    expect(lockOf(session, text, "b")).toBeNull();
  });

  it("goes back only where navigation is allowed", () => {
    const back: Event = { type: "move-asked", to: 0, at: 1 };
    expect(run(open(), edit("x"), save, back).session.position).toBe(0);
    expect(run(open({ allow_case_navigation: false }), edit("x"), save, back).session.position).toBe(1);
  });

  it("does not run ahead without navigation", () => {
    expect(run(open({ allow_case_navigation: false }), { type: "move-asked", to: 1, at: 1 }).session.position).toBe(0);
  });

  it("rolls answers over for as many cases as the study says", () => {
    const rolled = run(open({ allow_case_navigation: false, roll_over_answers_for_n_cases: 1 }), edit("same"), save);
    expect(valueOf(rolled.session, text)).toBe("same");
    expect(valueOf(run(rolled.session, save).session, text)).toBe("");
  });

  it("asks once whether an empty answer is meant", () => {
    const doubtful = makeQuestion("Number", { pk: "n", empty_answer_confirmation: true });
    const session = open({ questions: [doubtful] });
    const asked = run(session, save);
    expect(asked.session.confirmations).toEqual(["n"]);
    expect(asked.session.position).toBe(0);
    expect(run(asked.session, { ...save, isConfirmed: true } as Event).session.position).toBe(1);
  });

  it("compares with the reference once the answers have arrived", () => {
    const session = open({ is_educational: true, instant_verification: true });
    const saved = run(session, edit("x"), save);
    expect(saved.session.phase).toBe("checking");
    expect(saved.session.position).toBe(0);
    const arrived = run(saved.session, ack("a/q", 1));
    expect(arrived.effects).toContainEqual({ type: "fetch-truth", study: "study", displaySet: "a" });
    const shown = run(arrived.session, { type: "truth-arrived", truth: {} }, { type: "continued" });
    expect(shown.session).toMatchObject({ phase: "reading", position: 1, truth: null });
  });

  it("leaves the comparison when an answer is refused, so that it can be changed", () => {
    const checking = run(open({ is_educational: true, instant_verification: true }), edit("x"), save).session;
    const refused = run(checking, { type: "not-saved", key: "a/q", sequence: 1, failure: "refused", message: "Too long." }).session;
    expect(refused).toMatchObject({ phase: "reading", position: 0 });
    expect(run(refused, edit("y"), save, ack("a/q", 2)).effects).toContainEqual({ type: "fetch-truth", study: "study", displaySet: "a" });
  });

  it("lets a link choose the case only where readers move freely, and never one that does not exist", () => {
    expect(open({}, { startAt: 2 }).position).toBe(2);
    expect(open({}, { startAt: 99 }).position).toBe(2);
    expect(open({ allow_case_navigation: false }, { startAt: 2 }).position).toBe(0);
    expect(open({ allow_case_navigation: false }, { startAt: 0, answers: [makeAnswer("a", "q", "done")] }).position).toBe(1);
    expect(open({ allow_case_navigation: false }, { startAt: 2, viewedAs: "reader" }).position).toBe(2);
  });

  it("goes back from the end page only where that is allowed", () => {
    const answers = ["a", "b", "c"].map((pk) => makeAnswer(pk, "q", "done"));
    const back: Event = { type: "reopened", at: 0 };
    expect(run(open({}, { answers }), back).session.phase).toBe("reading");
    expect(run(open({ allow_case_navigation: false }, { answers }), back).session.phase).toBe("finished");
  });

  it("saves by itself only where the study says so", () => {
    expect(run(open(), edit("x")).effects.some(({ type }) => type === "autosave-later")).toBe(false);
    expect(run(open({ enable_autosaving: true }), edit("x")).effects.some(({ type }) => type === "autosave-later")).toBe(true);
    expect(run(open({ enable_autosaving: true, allow_answer_modification: false }), edit("x")).effects.some(({ type }) => type === "autosave-later")).toBe(false);
  });

  it("sends unsaved typing of an autosaving study when the case is left", () => {
    const { effects } = run(open({ enable_autosaving: true }), edit("x"), { type: "move-asked", to: 1, at: 2 });
    expect(sends(effects)).toMatchObject([{ key: "a/q", value: "x" }]);
  });
});

describe("what questions start from", () => {
  const socket = { pk: 1, title: "Marks", slug: "marks", kind: "Multiple points", super_kind: "File" as const };
  const marks = { type: "Multiple points", points: [{ point: [1, 2, 3] }], version: { major: 1, minor: 0 } };
  const proposed = makeQuestion("Multiple points", { pk: "p", interface: socket });
  const given = ["a", "b"].map((pk) => makeCase(pk, { values: [{ pk: 1, interface: socket, value: null, file: `/${pk}.json`, image: null }] }));
  const begin = (more: Partial<Extract<Event, { type: "loaded" }>> = {}) => step(startSession, { type: "loaded", study: makeStudy([proposed]), cases: given, answers: [], kept: [], viewedAs: null, ...more });
  const arrived: Event = { type: "file-arrived", file: "/a.json", content: marks };

  it("asks for the file of a socket and starts from what it holds", () => {
    const { session, effects } = begin();
    expect(effects).toEqual([{ type: "fetch-file", file: "/a.json" }]);
    expect(valueOf(run(session, arrived).session, proposed)).toEqual(marks);
  });

  it("leaves alone what was drawn or saved before the file came", () => {
    const touched = run(begin().session, { type: "edited", question: "p", value: null, at: 1 }, arrived);
    expect(valueOf(touched.session, proposed)).toBeNull();
    const saved = begin({ answers: [makeAnswer("a", "p", null)], startAt: 0 });
    expect(valueOf(run(saved.session, arrived).session, proposed)).toBeNull();
  });

  it("asks once, and for each case its own", () => {
    const next = run(begin().session, arrived, { type: "move-asked", to: 1, at: 1 });
    expect(next.effects).toEqual([{ type: "fetch-file", file: "/b.json" }]);
    expect(run(next.session, { type: "move-asked", to: 0, at: 2 }).effects).toEqual([]);
  });

  it("shows nobody proposals as answers of another reader", () => {
    expect(begin({ viewedAs: "reader" }).effects).toEqual([]);
  });
});

describe("others", () => {
  it("lets an editor look and change nothing", () => {
    const session = open({}, { viewedAs: "reader", answers: [makeAnswer("a", "q", "theirs")] });
    expect(valueOf(session, text)).toBe("theirs");
    expect(run(session, edit("mine")).session).toBe(session);
    expect(run(session, save).session.position).toBe(1);
    expect(sends(run(session, save).effects)).toEqual([]);
  });

  it("knows of the other tab also when that was told before the study was loaded", () => {
    const early = run(startSession, { type: "pen-moved", isElsewhere: true }).session;
    const session = run(early, { type: "loaded", study: makeStudy([text]), cases, answers: [], kept: [], viewedAs: null }).session;
    expect(lockOf(session, text)).toContain("another tab");
  });

  it("writes nothing while another tab holds the pen", () => {
    const session = run(open(), { type: "pen-moved", isElsewhere: true }).session;
    expect(run(session, edit("x")).session).toBe(session);
  });

  it("counts a heading as no question", () => {
    const session = open({ questions: [makeQuestion("Heading"), text] });
    expect(isCaseComplete(run(session, edit("x"), save).session, "a")).toBe(true);
  });

  it("adds time to the answer it was spent on and sends it once", () => {
    const timed = run(open(), { type: "time-passed", question: "q", displaySet: "a", seconds: 7 }, edit("x"), save);
    expect(sends(timed.effects)).toMatchObject([{ seconds: 7 }]);
    expect(draftOf(run(timed.session, ack("a/q", 1)).session, "a", "q")?.seconds).toBe(0);
  });

  it("says how much it has counted in all, so that a lost reply counts no time twice", () => {
    const passed = (seconds: number): Event => ({ type: "time-passed", question: "q", displaySet: "a", seconds });
    const lost: Event = { type: "not-saved", key: "a/q", sequence: 1, failure: "offline", message: "" };
    const first = run(open({ allow_answer_modification: true, enable_autosaving: true }, { counter: "first" }), edit("x"), passed(10), { type: "autosave-due", key: "a/q" }, lost);
    const second = run(first.session, passed(5), edit("y", 2), { type: "autosave-due", key: "a/q" }, { type: "retry-due" });
    expect(sends(second.effects)).toMatchObject([{ seconds: 15, secondsCounted: 15, counter: "first" }]);
    const third = run(second.session, ack("a/q", 2), passed(3), edit("z", 3), { type: "autosave-due", key: "a/q" });
    expect(sends(third.effects)).toMatchObject([{ seconds: 3, secondsCounted: 18, counter: "first" }]);
    const kept = third.effects.flatMap((effect) => (effect.type === "keep" ? [effect.edit] : []));
    expect(kept.at(-1)).toMatchObject({ seconds: 3, secondsSaved: 15, counter: "first" });
    const reloaded = open({ allow_answer_modification: true, enable_autosaving: true }, { counter: "second", answers: [makeAnswer("a", "q", "y", { modified: "1970-01-01T00:00:00Z" })], kept: kept.slice(-1), startAt: 0 });
    expect(draftOf(reloaded, "a", "q")).toMatchObject({ value: "z", seconds: 3, secondsSaved: 15, counter: "first" });
    const fresh = run(run(reloaded, { type: "move-asked", to: 1, at: 4 }).session, edit("b", 5), { type: "autosave-due", key: "b/q" });
    expect(sends(fresh.effects)).toMatchObject([{ counter: "second", secondsCounted: 0 }]);
  });
});
