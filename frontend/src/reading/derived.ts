import { pkOf, type Answer, type Question } from "../contract";

import { annotationsFromWire, type Annotation, type Point3 } from "./annotations";
import { questionsOf, valueOf, type Session } from "./session";

/**
 * The frames of a case on which something is drawn, as a set of its own. It holds no frames: they are read from the
 * answers each time, so they follow every edit, and the case stays as it is.
 */
export interface DerivedView {
  readonly id: string;
  /** The case it is derived from. */
  readonly base: string;
  /** Whose drawings count; nothing for the answers that are on screen. */
  readonly reader: string | null;
  /** The question whose drawings count; nothing for all. */
  readonly question: string | null;
}

export interface Found {
  readonly question: Question;
  readonly annotation: Annotation;
}

export function deriveView(base: string, reader: string | null = null, question: string | null = null): DerivedView {
  const id = [base, "annotated", reader ?? "", question ?? ""].map(encodeURIComponent).join(":");
  return { id, base, reader, question };
}

/** Readers besides the one on screen who answered this case, in order. */
export function readersIn(others: readonly Answer[], shown: string): string[] {
  return [...new Set(others.filter((each) => !each.is_ground_truth && each.creator !== shown).map(({ creator }) => creator))].sort();
}

/** What the chosen reader answered to a question. */
const answersBy = (view: DerivedView, others: readonly Answer[], question: Question): Answer[] =>
  others.filter((each) => each.creator === view.reader && !each.is_ground_truth && pkOf(each.question) === question.pk && pkOf(each.display_set ?? "") === view.base);

function drawnBy(view: DerivedView, session: Session, others: readonly Answer[], question: Question): Annotation[] {
  if (view.reader === null) return annotationsFromWire(question.answer_type, valueOf(session, question, view.base));
  return answersBy(view, others, question).flatMap(({ answer }) => annotationsFromWire(question.answer_type, answer));
}

/** Questions whose drawings the view counts. */
export const questionsOfView = (view: DerivedView, session: Session): Question[] => questionsOf(session).filter(({ pk }) => view.question === null || view.question === pk);

/** What the view counts. */
export function annotationsOfView(view: DerivedView, session: Session, others: readonly Answer[]): Found[] {
  return questionsOfView(view, session).flatMap((question) => drawnBy(view, session, others, question).map((annotation) => ({ question, annotation })));
}

/** Images of the masks that the view counts besides those on screen: what the chosen reader painted. */
export function masksOfView(view: DerivedView, session: Session, others: readonly Answer[]): { question: Question; image: string }[] {
  return questionsOfView(view, session).flatMap((question) => answersBy(view, others, question).flatMap(({ answer_image }) => (answer_image === null ? [] : [{ question, image: pkOf(answer_image) }])));
}

/** Numbers of the frames in which these drawings have a point, in order. */
export function framesOf(found: readonly Found[], frameOf: (place: Point3) => number): number[] {
  const frames = found.flatMap(({ annotation }) => annotation.parts.flat().map(frameOf));
  return [...new Set(frames)].sort((a, b) => a - b);
}

/** So many frames on among these; stays at the ends. */
export function stepAmong(frames: readonly number[], at: number, steps: number): number {
  const ahead = steps > 0 ? frames.filter((frame) => frame > at) : frames.filter((frame) => frame < at).reverse();
  return ahead[Math.min(Math.abs(steps), ahead.length) - 1] ?? at;
}

/** The frame of these that is nearest; the same where there is none. */
export function nearestOf(frames: readonly number[], at: number): number {
  return frames.reduce((best, frame) => (Math.abs(frame - at) < Math.abs(best - at) ? frame : best), frames[0] ?? at);
}
