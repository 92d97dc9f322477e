import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type { AnswerType, Json } from "../contract";

import { asksConfirmation, emptyValue, isEmpty, problemOf, startValue } from "./answers";
import { makeCase, makeQuestion } from "./testing";

const options = [
  { id: 1, title: "No", default: false },
  { id: 2, title: "Yes", default: true },
];

function read(name: string) {
  return JSON.parse(readFileSync(new URL(`../../../contract/fixtures/answers/${name}.json`, import.meta.url), "utf8")) as { answer_type: AnswerType; answer: Json }[];
}

describe("what can be sent", () => {
  it.each(read("valid"))("takes a valid answer to $answer_type", ({ answer_type, answer }) => {
    expect(problemOf(makeQuestion(answer_type, { options }), answer)).toBeUndefined();
  });

  it("asks for a needed answer, but not for a mask on the wire", () => {
    expect(problemOf(makeQuestion("Choice", { options, required: true }), null)).toBe("An answer is needed.");
    expect(problemOf(makeQuestion("Mask", { required: true }), null)).toBeUndefined();
  });

  it("holds numbers to their limits and steps from the smallest", () => {
    const question = makeQuestion("Number", { answer_min_value: 1, answer_max_value: 9, answer_step_size: "0.5" });
    expect(problemOf(question, 2.5)).toBeUndefined();
    expect(problemOf(question, 0)).toContain("smallest");
    expect(problemOf(question, 10)).toContain("largest");
    expect(problemOf(question, 2.3)).toContain("steps");
  });

  it("holds texts to lengths and pattern", () => {
    const question = makeQuestion("Text", { answer_min_length: 2, answer_max_length: 4, answer_match_pattern: "[a-z]+$" });
    expect(problemOf(question, "abc")).toBeUndefined();
    expect(problemOf(question, "a")).toContain("At least");
    expect(problemOf(question, "abcde")).toContain("At most");
    expect(problemOf(question, "AB")).toContain("form");
  });

  it("refuses options that do not exist", () => {
    expect(problemOf(makeQuestion("Choice", { options }), 99)).toBeDefined();
    expect(problemOf(makeQuestion("Multiple choice", { options }), 1)).toBeDefined();
  });
});

describe("where a question starts", () => {
  it("starts empty, or from the default option", () => {
    expect(startValue(makeQuestion("Text"), makeCase("a"))).toBe("");
    expect(startValue(makeQuestion("Choice", { options }), makeCase("a"))).toBe(2);
    expect(startValue(makeQuestion("Bool"), makeCase("a"))).toBe(false);
  });

  it("starts from the value of its socket, titles becoming option ids", () => {
    const socket = { pk: 1, title: "Size", slug: "size", kind: "String", super_kind: "Value" as const };
    const displaySet = makeCase("a", { values: [{ pk: 1, interface: socket, value: "No", file: null, image: null }] });
    expect(startValue(makeQuestion("Choice", { options, interface: socket }), displaySet)).toBe(1);
    expect(startValue(makeQuestion("Multiple choice", { options, interface: socket }), displaySet)).toEqual([1]);
  });

  it("knows what empty means for each type", () => {
    expect(emptyValue(makeQuestion("Multiple choice"))).toEqual([]);
    expect(isEmpty(makeQuestion("Multiple choice"), [])).toBe(true);
    expect(isEmpty(makeQuestion("Number"), 0)).toBe(false);
    expect(asksConfirmation(makeQuestion("Number", { empty_answer_confirmation: true }), null)).toBe(true);
  });
});
