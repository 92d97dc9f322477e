import type { Question, ReaderStudy } from "../contract";

import { drawingOf } from "./annotations";

const drawn: Readonly<Record<string, string>> = {
  box: "a box",
  distance: "a length",
  point: "a point",
  polygon: "an outline",
  line: "a line",
  angle: "an angle",
  "three-point angle": "an angle of three points",
  ellipse: "an ellipse",
};

const several: Readonly<Record<string, string>> = {
  box: "boxes",
  distance: "lengths",
  point: "points",
  polygon: "outlines",
  line: "lines",
  angle: "angles",
  "three-point angle": "angles of three points",
  ellipse: "ellipses",
};

function numberWords({ answer_min_value: least, answer_max_value: most }: Question): string {
  if (least !== null && most !== null) return `a number from ${String(least)} to ${String(most)}`;
  if (least !== null) return `a number, at least ${String(least)}`;
  return most === null ? "a number" : `a number, at most ${String(most)}`;
}

/** How a question is answered, in a few words. */
export function answerWords(question: Question): string {
  const titles = question.options.map(({ title }) => title).join(", ");
  const drawing = drawingOf(question.answer_type);
  if (drawing) return `draw ${(drawing.isMultiple ? several : drawn)[drawing.kind] ?? drawing.kind}`;
  switch (question.answer_type) {
    case "Bool":
      return "yes or no";
    case "Number":
      return numberWords(question);
    case "Choice":
      return `one of: ${titles}`;
    case "Multiple choice":
      return `any of: ${titles}`;
    case "Mask":
      return "paint a mask";
    default:
      return question.answer_type === "Text" ? "in words" : "";
  }
}

/** What a reader should know of a study's rules before the first case. */
export function ruleWords(study: ReaderStudy): string[] {
  const isTaught = study.instant_verification && study.is_educational;
  return [
    study.allow_case_navigation ? "You may go back and forth between the cases." : "The cases come one after the other; a case is left when it is complete.",
    study.allow_answer_modification ? "Saved answers can be changed." : "Saved answers cannot be changed.",
    ...(isTaught ? ["After each case you see what the reference says."] : []),
    "You can stop at any time and go on later, here or on another computer.",
  ];
}
