import { expect, it } from "vitest";

import { makeQuestion, makeStudy } from "./testing";

import { answerWords, ruleWords } from "./question-words";

it("says how each kind of question is answered", () => {
  const options = ["No", "Yes"].map((title, id) => ({ id, title, default: false }));
  expect(answerWords(makeQuestion("Choice", { options }))).toBe("one of: No, Yes");
  expect(answerWords(makeQuestion("Multiple choice", { options }))).toBe("any of: No, Yes");
  expect(answerWords(makeQuestion("Number", { answer_min_value: 0, answer_max_value: 10 }))).toBe("a number from 0 to 10");
  expect(answerWords(makeQuestion("Number", { answer_max_value: 3 }))).toBe("a number, at most 3");
  expect(answerWords(makeQuestion("Multiple polygons"))).toBe("draw outlines");
  expect(answerWords(makeQuestion("Angle"))).toBe("draw an angle");
  expect(answerWords(makeQuestion("Mask"))).toBe("paint a mask");
  expect(answerWords(makeQuestion("Heading"))).toBe("");
});

it("tells the rules of a study before the first case", () => {
  expect(ruleWords(makeStudy([], { allow_case_navigation: false, allow_answer_modification: false }))).toContain("Saved answers cannot be changed.");
  expect(ruleWords(makeStudy([], { instant_verification: true, is_educational: true }))).toContain("After each case you see what the reference says.");
});
