import { answersOn, type Question } from "../contract";
import { shareSpace, slicePosition, type P3, type Viewport } from "../imaging";
import { annotationsOfView, deriveView, framesOf, keyOf, nearestOf, questionsOfView, stepAmong, type DerivedView } from "../reading";

import type { ReadingTools } from "./desk-context";
import { scrollBy, scrollTo } from "./gestures";
import type { MaskBench } from "./mask-bench";
import type { Workbench } from "./workbench";

/** Whether a question's drawings belong on this viewport. */
export function belongsOn(bench: Workbench, viewport: Viewport, question: Question): boolean {
  const port = bench.viewportOfPort(question.image_port);
  return port === undefined || port === viewport || port.image === viewport.image || shareSpace(port, viewport);
}

/** Slices of a viewport that the view of annotated frames shows; nothing where all are shown. */
export function annotatedSlices({ desk, bench }: ReadingTools, viewport: Viewport): number[] | null {
  const { derived, others } = bench.state.get();
  const { camera, grid } = viewport;
  if (!derived || !camera || !grid) return null;
  const found = annotationsOfView(derived, desk.session, others).filter(({ question }) => belongsOn(bench, viewport, question));
  const { count } = viewport.slice;
  const indexOf = (place: P3) => slicePosition({ ...camera, center: place }, grid).index;
  const painted = masksOf({ desk, bench }, derived, viewport).flatMap((mask) => placesOf(mask, viewport).map(indexOf));
  const all = new Set([...framesOf(found, indexOf), ...painted]);
  return [...all].filter((slice) => slice >= 0 && slice < count).sort((a, b) => a - b);
}

/** Masks that the view counts: those on screen, of its question, over this viewport. */
function masksOf({ desk, bench }: Pick<ReadingTools, "desk" | "bench">, derived: DerivedView, viewport: Viewport): MaskBench[] {
  return questionsOfView(derived, desk.session)
    .filter((question) => question.answer_type === "Mask" && belongsOn(bench, viewport, question))
    .flatMap(({ pk }) => bench.shownMask(pk, bench.masks.get(keyOf(derived.base, pk))) ?? []);
}

/** A place in each slice of a viewport that a mask marks. */
function placesOf(mask: MaskBench, viewport: Viewport): P3[] {
  const { grid } = mask;
  if (!grid) return [];
  const { axis, slices } = mask.marked(viewport);
  const middle = grid.size.map((length) => (length - 1) / 2) as [number, number, number];
  return slices.map((slice) => grid.toWorld(middle.map((at, each) => (each === axis ? slice : at)) as [number, number, number]));
}

/** Go on by slices; in the view of annotated frames, from one of these to the next. */
export function stepSlices(tools: ReadingTools, viewport: Viewport | undefined, steps: number): void {
  if (!viewport) return;
  const slices = annotatedSlices(tools, viewport);
  if (!slices || slices.length === 0) scrollBy(tools.bench.room, viewport, steps);
  else scrollTo(tools.bench.room, viewport, stepAmong(slices, viewport.slice.index, steps));
}

/** Stay on annotated frames, also when an edit takes one away. */
export function keepToAnnotated(tools: ReadingTools): void {
  const viewport = tools.bench.active;
  const slices = viewport && annotatedSlices(tools, viewport);
  if (viewport && slices && slices.length > 0) scrollTo(tools.bench.room, viewport, nearestOf(slices, viewport.slice.index));
}

/** Show only the frames on which this reader, or everything on screen, has drawn for this question, or for all. */
export function showAnnotated({ bench }: ReadingTools, base: string, reader: string | null, question: string | null): void {
  bench.state.set({ derived: deriveView(base, reader, question) });
}

/** Everybody's answers to a case, as far as this person may see them. */
export async function fetchOthers({ bench }: ReadingTools, base: string): Promise<void> {
  const others = await answersOn(base);
  if (bench.state.get().derived?.base === base) bench.state.set({ others });
}
