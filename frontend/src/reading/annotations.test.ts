import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type { AnswerType, Json } from "../contract";

import { annotationsFromWire, annotationsToWire, drawingOf, measure, type Annotation } from "./annotations";

interface Fixture {
  answer_type: AnswerType;
  answer: Json;
}

const valid = JSON.parse(readFileSync(new URL("../../../contract/fixtures/answers/valid.json", import.meta.url), "utf8")) as Fixture[];
const drawn = valid.filter(({ answer_type, answer }) => drawingOf(answer_type) && answer !== null);

describe("annotations and the wire", () => {
  it.each(drawn)("$answer_type survives the way in and out", ({ answer_type, answer }) => {
    expect(annotationsToWire(answer_type, annotationsFromWire(answer_type, answer))).toEqual(answer);
  });

  it("covers all sixteen drawn types", () => {
    expect(new Set(drawn.map(({ answer_type }) => answer_type)).size).toBe(16);
  });

  it("writes nothing drawn as null", () => {
    expect(annotationsToWire("Multiple points", [])).toBeNull();
    expect(annotationsToWire("Point", [])).toBeNull();
  });

  it("ignores what is not an annotation", () => {
    expect(annotationsFromWire("Point", "nonsense")).toEqual([]);
    expect(annotationsFromWire("Text", "words")).toEqual([]);
  });
});

describe("measures", () => {
  const of = (kind: Annotation["kind"], ...points: [number, number, number][]): Annotation => ({ id: "x", kind, parts: [points] });

  it("measures lengths in space", () => {
    expect(measure(of("distance", [0, 0, 0], [2, 3, 6]))).toEqual({ value: 7, unit: "mm" });
  });

  it("measures the angle at the middle point", () => {
    expect(measure(of("three-point angle", [1, 0, 0], [0, 0, 0], [0, 1, 0]))?.value).toBeCloseTo(90);
  });

  it("measures areas of boxes on any plane", () => {
    expect(measure(of("box", [0, 0, 0], [0, 2, 0], [0, 2, 3], [0, 0, 3]))?.value).toBeCloseTo(6);
  });

  it("measures an ellipse by its axes", () => {
    expect(measure(of("ellipse", [-2, 0, 0], [2, 0, 0], [0, -1, 0], [0, 1, 0]))?.value).toBeCloseTo(2 * Math.PI);
  });
});
