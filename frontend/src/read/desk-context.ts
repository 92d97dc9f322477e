import { createContext, use, useSyncExternalStore } from "react";

import type { Json, Question, WorkstationConfig } from "../contract";
import { colorAt } from "../hanging";
import {
  annotationsFromWire,
  annotationsToWire,
  currentCase,
  drawingOf,
  keyOf,
  lockOf,
  valueOf,
  type Annotation,
  type Desk,
  type Session,
} from "../reading";
import { useStore } from "../ui";

import type { KeptEdits } from "./kept-edits";
import type { MaskBench } from "./mask-bench";
import type { Bench, Workbench } from "./workbench";

/** What every part of the reading screen needs. */
export interface ReadingTools {
  readonly desk: Desk;
  readonly bench: Workbench;
  readonly kept: KeptEdits;
  readonly config: WorkstationConfig | null;
}

export const ReadingContext = createContext<ReadingTools | null>(null);

export function useReading(): ReadingTools & { session: Session; state: Bench } {
  const tools = use(ReadingContext);
  if (!tools) throw new Error("This part belongs on the reading screen.");
  const session = useSyncExternalStore(tools.desk.subscribe, tools.desk.snapshot);
  const state = useStore(tools.bench.state);
  return { ...tools, session, state };
}

/** The colour of a question's drawings: its own, or one that nobody confuses with the others'. */
export function colorOf(session: Session, question: Question): string {
  if (question.default_annotation_color) return question.default_annotation_color;
  const drawn = (session.study?.questions ?? []).filter(({ answer_type }) => answer_type === "Mask" || drawingOf(answer_type));
  return colorAt(drawn.findIndex(({ pk }) => pk === question.pk));
}

/** Change an answer so that it can be undone. */
export function changeValue({ desk, bench }: ReadingTools, question: Question, value: Json): void {
  const displaySet = currentCase(desk.session)?.pk;
  const before = valueOf(desk.session, question);
  const put = (next: Json) => {
    if (currentCase(desk.session)?.pk === displaySet) desk.dispatch({ type: "edited", question: question.pk, value: next, at: Date.now() });
  };
  put(value);
  bench.deeds.record({ undo: () => put(before), redo: () => put(value) });
}

export const annotationsOf = (session: Session, question: Question): Annotation[] =>
  annotationsFromWire(question.answer_type, valueOf(session, question));

/** Add a drawing to its question's answer; a question for one drawing takes the new one instead of the old. */
export function addAnnotation(tools: ReadingTools, question: Question, annotation: Annotation): void {
  const { session } = tools.desk;
  if (lockOf(session, question) !== null) return;
  const before = drawingOf(question.answer_type)?.isMultiple ? annotationsOf(session, question) : [];
  const all = [...before, annotation];
  changeValue(tools, question, annotationsToWire(question.answer_type, all));
  tools.bench.state.set({ selected: { question: question.pk, id: `${annotation.kind}-${String(all.length)}` } });
}

export function replaceAnnotation(tools: ReadingTools, question: Question, id: string, change: Annotation | null): void {
  const { session } = tools.desk;
  if (lockOf(session, question) !== null) return;
  const all = annotationsOf(session, question).flatMap((each) => (each.id === id ? (change ? [change] : []) : [each]));
  changeValue(tools, question, annotationsToWire(question.answer_type, all));
  if (!change) tools.bench.state.set({ selected: null });
}

export function maskOf({ bench, desk }: ReadingTools, question: Question): MaskBench | undefined {
  return bench.masks.get(keyOf(currentCase(desk.session)?.pk ?? "", question.pk));
}

/** A gesture on a mask has ended: it becomes an edit of the answer, and can be undone. */
export function commitMask(tools: ReadingTools, question: Question, mask: MaskBench): void {
  const change = mask.end();
  if (!change) return;
  const { desk, bench, kept } = tools;
  const displaySet = currentCase(desk.session)?.pk;
  const tell = () => {
    const snapshot = mask.snapshot();
    if (snapshot) void kept.putMask(mask.key, snapshot).catch(() => undefined);
    const { voxels } = mask;
    const value: Json = voxels === 0 ? null : { mask: mask.revision, voxels };
    if (currentCase(desk.session)?.pk === displaySet) desk.dispatch({ type: "edited", question: question.pk, value, at: Date.now() });
    bench.masksChanged();
  };
  tell();
  const take = (direction: "undo" | "redo") => {
    mask.take(change, direction);
    tell();
  };
  bench.deeds.record({ undo: () => take("undo"), redo: () => take("redo") });
}
