import { expect, it } from "vitest";

import { annotationsOfView, deriveView, framesOf, masksOfView, nearestOf, readersIn, stepAmong } from "./derived";
import { startSession, type Session } from "./session";
import { step } from "./steps";
import { makeAnswer, makeCase, makeQuestion, makeStudy } from "./testing";

const points = (...heights: number[]) =>
  heights.length === 0 ? null : { type: "Multiple points", points: heights.map((z) => ({ point: [1, 2, z] })), version: { major: 1, minor: 0 } };
const nodules = makeQuestion("Multiple points", { pk: "nodules" });
const vessels = makeQuestion("Multiple points", { pk: "vessels" });
const frameOf = ([, , z]: readonly [number, number, number]) => Math.round(z / 5);
const bySomebody = makeAnswer("one", "vessels", points(50), { creator: "somebody" });

function read(): Session {
  const answers = [makeAnswer("one", "nodules", points(10, 20, 21)), makeAnswer("one", "vessels", points(30)), makeAnswer("two", "nodules", points(95))];
  return step(startSession, { type: "loaded", study: makeStudy([nodules, vessels]), cases: [makeCase("one"), makeCase("two")], answers, kept: [], viewedAs: null, startAt: 0 }).session;
}

const frames = (session: Session, reader: string | null = null, question: string | null = null) =>
  framesOf(annotationsOfView(deriveView("one", reader, question), session, [bySomebody]), frameOf);

it("shows the frames of one case on which something is drawn, each once", () => {
  expect(frames(read())).toEqual([2, 4, 6]);
});

it("counts a chosen question or a chosen reader only", () => {
  expect(frames(read(), null, "vessels")).toEqual([6]);
  expect(frames(read(), "somebody")).toEqual([10]);
  expect(frames(read(), "somebody", "nodules")).toEqual([]);
});

it("counts the masks of a chosen reader: of this case, of the chosen question, no truth", () => {
  const mask = (question: string, creator: string, change: object = {}) => makeAnswer("one", question, null, { creator, answer_image: `/api/v1/cases/images/${question}-${creator}/`, ...change });
  const others = [mask("vessels", "somebody"), mask("nodules", "somebody"), mask("vessels", "else"), mask("nodules", "editor", { is_ground_truth: true }), makeAnswer("one", "vessels", null, { creator: "unpainted" }), { ...mask("nodules", "away"), display_set: makeAnswer("two", "nodules", null).display_set }];
  const images = (reader: string | null, question: string | null = null) => masksOfView(deriveView("one", reader, question), read(), others).map(({ image }) => image);
  expect(images("somebody")).toEqual(["nodules-somebody", "vessels-somebody"]);
  expect(images("somebody", "vessels")).toEqual(["vessels-somebody"]);
  for (const reader of [null, "editor", "unpainted", "away", "nobody"]) expect(images(reader)).toEqual([]);
});

it("follows an edit and leaves the case as it was", () => {
  const before = read();
  const edited = step(before, { type: "edited", question: "nodules", value: points(10, 60), at: 1 }).session;
  expect(frames(edited)).toEqual([2, 6, 12]);
  expect(frames(step(edited, { type: "edited", question: "nodules", value: null, at: 2 }).session)).toEqual([6]);
  expect(edited.cases).toBe(before.cases);
});

it("has an identity of its own for each choice", () => {
  const ids = [deriveView("one"), deriveView("two"), deriveView("one", "a"), deriveView("one", null, "a"), deriveView("one", "a", "b")].map(({ id }) => id);
  expect(new Set(ids).size).toBe(5);
  expect(ids).not.toContain("one");
  expect(deriveView("one", "a").id).toBe(deriveView("one", "a").id);
});

it("steps among its frames and stays at the ends", () => {
  expect(stepAmong([2, 4, 6], 2, 1)).toBe(4);
  expect(stepAmong([2, 4, 6], 4, -1)).toBe(2);
  expect(stepAmong([2, 4, 6], 3, 10)).toBe(6);
  expect(stepAmong([2, 4, 6], 6, 1)).toBe(6);
  expect(nearestOf([2, 4, 9], 7)).toBe(9);
  expect(nearestOf([], 7)).toBe(7);
});

it("offers the other readers", () => {
  const truth = makeAnswer("one", "nodules", points(1), { creator: "editor", is_ground_truth: true });
  expect(readersIn([bySomebody, makeAnswer("one", "nodules", null), truth], "reader")).toEqual(["somebody"]);
});
