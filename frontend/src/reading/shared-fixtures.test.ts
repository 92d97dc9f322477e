import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type { Json, Question } from "../contract";

import { problemOf } from "./answers";
import { makeQuestion } from "./testing";

const folder = new URL("../../../contract/fixtures/answers/", import.meta.url);

function read(kind: "valid" | "invalid"): { name: string; question: Question; answer: Json }[] {
  return readdirSync(new URL(`${kind}/`, folder)).map((name) => {
    const { question, answer } = JSON.parse(readFileSync(new URL(`${kind}/${name}`, folder), "utf8")) as { question: Partial<Question> & Pick<Question, "answer_type">; answer: Json };
    return { name, question: makeQuestion(question.answer_type, question), answer };
  });
}

/** What no widget of the reading room can produce; the server alone has to refuse it. */
const impossible = /^(annotation-(as-list|of)|mask-|heading|choice-as|choice-by|number-beyond|multiple-choice-(twice|as-null)|text-(as-null|with-null))/;

describe("answers as the server's own tests have them", () => {
  it.each(read("valid").filter(({ question }) => question.answer_type !== "Heading"))("lets $name through", ({ question, answer }) => {
    expect(problemOf(question, answer)).toBeUndefined();
  });

  it.each(read("invalid").filter(({ name }) => !impossible.test(name)))("stops $name before it is sent", ({ question, answer }) => {
    expect(problemOf(question, answer)).toBeDefined();
  });
});
