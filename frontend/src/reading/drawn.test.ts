import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { startSession, type Phase, type Session } from "./session";
import { step, type Event } from "./steps";
import { makeAnswer, makeCase, makeQuestion, makeStudy } from "./testing";

const question = makeQuestion("Text", { pk: "q", required: true });
const cases = [makeCase("a"), makeCase("b")];
const plain = makeStudy([question]);
const comparing = makeStudy([question], { is_educational: true, instant_verification: true });
const answers = cases.map(({ pk }) => makeAnswer(pk, "q", "done"));

const loaded = (change: Partial<Extract<Event, { type: "loaded" }>> = {}): Event => ({ type: "loaded", study: plain, cases, answers: [], kept: [], viewedAs: null, ...change });
const edited: Event = { type: "edited", question: "q", value: "x", at: 1 };
const saved: Event = { type: "save-asked", isConfirmed: true, at: 2 };
const after = (...events: Event[]): Session => events.reduce((session, event) => step(session, event).session, startSession);

/** Sessions in every phase, each in the forms that matter. */
const sessions: Session[] = [
  startSession,
  after({ type: "load-failed", message: "" }),
  after(loaded()),
  after(loaded(), edited),
  after(loaded({ study: comparing }), edited),
  after(loaded({ answers: answers.slice(0, 1) }), edited),
  after(loaded({ study: comparing }), edited, saved),
  after(loaded({ study: comparing, answers: answers.slice(0, 1) }), edited, saved),
  after(loaded({ answers })),
];

/** One of every event, in the forms that matter. */
const events: Event[] = [
  loaded(),
  loaded({ answers }),
  { type: "load-failed", message: "" },
  edited,
  { type: "time-passed", question: "q", displaySet: "a", seconds: 1 },
  { type: "autosave-due", key: "a/q" },
  saved,
  { type: "confirmation-declined" },
  { type: "move-asked", to: 0, at: 3 },
  { type: "move-asked", to: 1, at: 3 },
  { type: "acknowledged", key: "a/q", sequence: 1, answerPk: "pk" },
  ...(["offline", "signed-out", "refused"] as const).flatMap((failure) => ["a/q", "b/q"].map((key): Event => ({ type: "not-saved", key, sequence: 1, failure, message: "" }))),
  { type: "retry-due" },
  { type: "signed-in" },
  { type: "file-arrived", file: "/a", content: null },
  { type: "truth-arrived", truth: {} },
  { type: "continued" },
  { type: "reopened", at: 0 },
  { type: "not-kept" },
  { type: "pen-moved", isElsewhere: true },
];

/** The rows of the page's table of transitions. */
function drawn(): Set<string> {
  const page = readFileSync(new URL("../../../docs/explanation/reading-session.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| ([a-z, ]+) \| `([a-z-]+)`[^|]* \| ([a-z]+) \|$/gm)];
  return new Set(rows.flatMap(([, from = "", event = "", to = ""]) => from.split(", ").map((each) => `${each} ${event} ${to}`)));
}

it("moves from phase to phase as the page about it draws", () => {
  const found = new Set<string>();
  for (const session of sessions) {
    for (const event of events) {
      const { phase } = step(session, event).session;
      if (phase !== session.phase) found.add(`${session.phase} ${event.type} ${phase}`);
    }
  }
  expect([...found].sort()).toEqual([...drawn()].sort());
});

it("has sessions in every phase to try this with", () => {
  const phases: Phase[] = ["checking", "failed", "finished", "loading", "reading"];
  expect([...new Set(sessions.map(({ phase }) => phase))].sort()).toEqual(phases);
});
