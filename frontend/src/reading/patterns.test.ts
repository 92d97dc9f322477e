import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { problemOf } from "./answers";
import { beginsLike } from "./patterns";
import { makeQuestion } from "./testing";

interface Case {
  pattern: string;
  text: string;
  is_match: boolean;
  is_for_the_server: boolean;
}

const cases = JSON.parse(readFileSync(new URL("../../../contract/fixtures/patterns.json", import.meta.url), "utf8")) as Case[];

describe("patterns of answers", () => {
  it.each(cases.filter((each) => !each.is_for_the_server))("reads $pattern as the server does", ({ pattern, text, is_match }) => {
    expect(beginsLike(pattern, text)).toBe(is_match);
  });

  it.each(cases.filter((each) => each.is_for_the_server))("leaves $pattern to the server, twice too", ({ pattern, text }) => {
    expect([beginsLike(pattern, text), beginsLike(pattern, text)]).toEqual([undefined, undefined]);
    expect(problemOf(makeQuestion("Text", { answer_match_pattern: pattern }), text)).toBeUndefined();
  });

  it.each(["(a*)*b", "(a+)+$b", "(a|a)*b", "(a|aa)+$b", "a*a*a*a*a*a*a*a*b$", "(a?){30}a{30}b", "([a-z]+)*!", "((a*)*)*b"])("tells what %s has more ways for than can be tried, at once", (pattern) => {
    const begun = performance.now();
    expect(beginsLike(pattern, "a".repeat(2000))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it.each(["((((a{90}){90}){90}){90}){90}", "a{100000}", "(".repeat(9000) + ")".repeat(9000), "a{1000}", "(a{500}|b){3}"])("gives up what is too large for a page", (pattern) => {
    const begun = performance.now();
    expect(beginsLike(pattern, "a".repeat(100_000))).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it("stops a text that does not fit before it is sent", () => {
    expect(problemOf(makeQuestion("Text", { answer_match_pattern: "T[1-4]$" }), "T5")).toBe("This does not have the form T[1-4]$.");
    expect(problemOf(makeQuestion("Text", { answer_match_pattern: "T[1-4]$" }), "T4")).toBeUndefined();
  });
});
