import type { Answer, DisplaySet, Json, Question, SocketValue } from "../contract";

import { drawingOf } from "./annotations";
import { beginsLike } from "./patterns";

/** Questions that can be answered: a heading only speaks. */
export const isAnswerable = (question: Question) => question.answer_type !== "Heading";

/** The value that means "nothing was answered". */
export function emptyValue(question: Question): Json {
  if (question.answer_type === "Text") return "";
  if (question.answer_type === "Multiple choice") return [];
  return null;
}

export function isEmpty(question: Question, value: Json): boolean {
  if (question.answer_type === "Text") return value === "" || value === null;
  if (question.answer_type === "Multiple choice") return value === null || (Array.isArray(value) && value.length === 0);
  return value === null;
}

function optionIds(question: Question, titles: Json): number[] {
  const wanted = Array.isArray(titles) ? titles : [titles];
  return question.options.filter(({ title }) => wanted.includes(title)).map(({ id }) => id);
}

/** What stands in the socket of a question in one case. */
function givenTo(question: Question, displaySet: DisplaySet): SocketValue | undefined {
  const slug = question.interface?.slug;
  return slug ? displaySet.values.find((each) => each.interface.slug === slug) : undefined;
}

/** The file that holds what a question starts from, where the socket's value is kept as one; masks are images. */
export function startFile(question: Question, displaySet: DisplaySet): string | null {
  const found = givenTo(question, displaySet);
  return found && found.value === null && found.image === null ? found.file : null;
}

/** Where an untouched question starts: the socket's value (in `files`, when it is a file), the default option, or empty. */
export function startValue(question: Question, displaySet: DisplaySet, files: Readonly<Record<string, Json>> = {}): Json {
  const file = startFile(question, displaySet);
  const given = (file === null ? givenTo(question, displaySet)?.value : files[file]) ?? question.interface?.default_value ?? null;
  if (given !== null) {
    if (question.answer_type === "Choice") return optionIds(question, given)[0] ?? null;
    if (question.answer_type === "Multiple choice") return optionIds(question, given);
    return given;
  }
  if (question.answer_type === "Bool") return false;
  const standard = question.options.filter((option) => option.default).map(({ id }) => id);
  if (question.answer_type === "Choice") return standard[0] ?? null;
  if (question.answer_type === "Multiple choice") return standard;
  return emptyValue(question);
}

const toNumber = (value: string | number | null): number | undefined =>
  value === null || value === "" || Number.isNaN(Number(value)) ? undefined : Number(value);

function numberProblem(question: Question, value: number): string | undefined {
  const least = toNumber(question.answer_min_value);
  const most = toNumber(question.answer_max_value);
  const step = toNumber(question.answer_step_size);
  if (!Number.isFinite(value)) return "This must be a number.";
  if (/^-?\d+$/.test(String(value)) && !Number.isSafeInteger(value)) return `Whole numbers must lie between -${String(Number.MAX_SAFE_INTEGER)} and ${String(Number.MAX_SAFE_INTEGER)}.`;
  if (least !== undefined && value < least) return `The smallest value is ${String(least)}.`;
  if (most !== undefined && value > most) return `The largest value is ${String(most)}.`;
  if (step === undefined || step <= 0) return undefined;
  const steps = (value - (least ?? 0)) / step;
  return Math.abs(steps - Math.round(steps)) > 1e-6 ? `Values go in steps of ${String(step)}${least ? ` from ${String(least)}` : ""}.` : undefined;
}

function textProblem(question: Question, value: string): string | undefined {
  const { answer_min_length: least, answer_max_length: most, answer_match_pattern: pattern } = question;
  if (least !== null && value.length < least) return `At least ${String(least)} characters are needed.`;
  if (most !== null && value.length > most) return `At most ${String(most)} characters fit.`;
  if (pattern && beginsLike(pattern, value) === false) return `This does not have the form ${pattern}.`;
  return undefined;
}

/** Why a value cannot be sent, in one sentence; nothing when it can. */
export function problemOf(question: Question, value: Json): string | undefined {
  if (!isAnswerable(question)) return undefined;
  if (isEmpty(question, value)) return question.required && question.answer_type !== "Mask" ? "An answer is needed." : undefined;
  switch (question.answer_type) {
    case "Number":
      return typeof value === "number" ? numberProblem(question, value) : "This must be a number.";
    case "Text":
      return typeof value === "string" ? textProblem(question, value) : "This must be text.";
    case "Bool":
      return typeof value === "boolean" ? undefined : "This must be yes or no.";
    case "Choice":
      return question.options.some(({ id }) => id === value) ? undefined : "Choose one of the options.";
    case "Multiple choice":
      return Array.isArray(value) && value.every((each) => question.options.some(({ id }) => id === each)) ? undefined : "Choose from the options.";
    default:
      return typeof value === "object" ? undefined : "Draw the answer on the image.";
  }
}

/** A missing required mask is the reader's to know, though the wire does not check it. */
export function isMissing(question: Question, value: Json): boolean {
  return Boolean(question.required) && isAnswerable(question) && isEmpty(question, value);
}

/** Whether an empty answer asks for a word of confirmation first. */
export function asksConfirmation(question: Question, value: Json): boolean {
  return Boolean(question.empty_answer_confirmation) && isEmpty(question, value);
}

export function isImageQuestion(question: Question): boolean {
  return question.answer_type === "Mask" || drawingOf(question.answer_type) !== undefined;
}

/** Answers of a display set by question pk; links compare by their last segment. */
export function answersByQuestion(answers: readonly Answer[], displaySetPk: string): Map<string, Answer> {
  const last = (url: string | null) => url?.split("/").filter(Boolean).at(-1) ?? "";
  return new Map(answers.filter((each) => !each.is_ground_truth && last(each.display_set) === displaySetPk).map((each) => [last(each.question), each]));
}
