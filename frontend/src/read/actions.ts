import { currentCase, digitOf, drawingOf, isAnswerable, lockOf, valueOf, type Action } from "../reading";
import { flip, rotate } from "../imaging";

import { setCine } from "./cine-bar";
import { stepSlices } from "./derived";
import { changeValue, replaceAnnotation, type ReadingTools } from "./desk-context";
import { hiddenParts, restingTool } from "./switches";
import { windowChoices } from "./windows";
import type { Tool } from "./workbench";

/** Play a cine or the slices of a stack, or stop. */
function togglePlay({ bench }: ReadingTools): void {
  if (bench.active) setCine(bench, bench.active, ({ isPlaying }) => ({ isPlaying: !isPlaying }));
}

/** The next layout the study offers. */
function nextProtocol({ bench, desk }: ReadingTools): boolean {
  const optional = currentCase(desk.session)?.optional_hanging_protocols ?? [];
  if (optional.length === 0) return false;
  const all = [null, ...optional.map(({ pk }) => pk)];
  const at = all.indexOf(bench.state.get().protocol);
  bench.state.set({ protocol: all[(at + 1) % all.length] ?? null });
  return true;
}

function turnToQuestion({ desk, bench, config }: ReadingTools, by: number): void {
  const questions = (desk.session.study?.questions ?? []).filter(isAnswerable);
  if (questions.length === 0) return;
  const at = questions.findIndex(({ pk }) => pk === bench.state.get().question);
  const next = questions[(Math.max(at, by < 0 ? 0 : -1) + by + questions.length) % questions.length];
  if (!next) return;
  const drawing = drawingOf(next.answer_type);
  const tool: Tool = drawing && lockOf(desk.session, next) === null ? drawing.kind : next.answer_type === "Mask" ? "brush" : restingTool(config);
  bench.state.set({ question: next.pk, tool, sketch: null });
  queueMicrotask(() => {
    const page = bench.state.get().apart?.document ?? document;
    const field = page.querySelector<HTMLElement>(`[data-question="${next.pk}"] :is(input:not([type=radio]):not([type=checkbox]), textarea)`);
    if (field) field.focus();
    else (page.activeElement as HTMLElement | null)?.blur();
  });
}

/** The option with this number of the active question; with Alt, the window preset. */
export function pressDigit(tools: ReadingTools, chord: string): boolean {
  const pressed = digitOf(chord);
  const { desk, bench, config } = tools;
  if (!pressed) return false;
  if (pressed.isAlt) {
    if (hiddenParts(config).has("presets")) return false;
    const viewport = bench.active;
    const choice = windowChoices(viewport, config?.window_presets ?? [])[pressed.digit - 1];
    if (viewport && choice) bench.room.show(viewport, { window: { center: choice.center, width: choice.width } });
    return true;
  }
  const questions = desk.session.study?.questions ?? [];
  const question = questions.find(({ pk }) => pk === bench.state.get().question) ?? questions.find(({ options }) => options.length > 0);
  if (!question || lockOf(desk.session, question) !== null) return false;
  if (question.answer_type === "Bool" && pressed.digit <= 2) {
    changeValue(tools, question, pressed.digit === 1);
    return true;
  }
  const option = question.options[pressed.digit - 1];
  if (!option) return false;
  if (question.answer_type === "Choice") changeValue(tools, question, option.id);
  else {
    const before = valueOf(desk.session, question);
    const chosen = new Set(Array.isArray(before) ? before : []);
    if (!chosen.delete(option.id)) chosen.add(option.id);
    changeValue(tools, question, question.options.map(({ id }) => id).filter((id) => chosen.has(id)));
  }
  return true;
}

function deleteSelected(tools: ReadingTools): void {
  const { selected } = tools.bench.state.get();
  const question = tools.desk.session.study?.questions.find(({ pk }) => pk === selected?.question);
  if (selected && question) replaceAnnotation(tools, question, selected.id, null);
}

function endSketch({ bench, config }: ReadingTools): void {
  const { sketch, isHelpOpen } = bench.state.get();
  if (sketch) bench.state.set({ sketch: null });
  else if (isHelpOpen) bench.state.set({ isHelpOpen: false });
  else bench.state.set({ tool: restingTool(config), selected: null, full: null });
}

const toolOf: Partial<Record<Action, Tool>> = {
  window: "window", pan: "pan", zoom: "zoom", scroll: "scroll", probe: "probe", magnify: "magnify", distance: "distance",
  box: "box", polygon: "polygon", line: "line", point: "point", ellipse: "ellipse", brush: "brush", threshold: "threshold",
  eraser: "eraser", fill: "fill", scissors: "scissors",
};

/** Carry an action out, unless the study does without it. */
export function perform(tools: ReadingTools, action: Action): void {
  const { desk, bench, config } = tools;
  if (hiddenParts(config).has(action)) return;
  const { room, state } = bench;
  const viewport = bench.active;
  const tool = toolOf[action];
  if (tool) return state.set({ tool, sketch: null });
  const turn = (change: Parameters<typeof room.move>[1] | undefined) => viewport && change && room.move(viewport, change);
  const acts: Partial<Record<Action, () => void>> = {
    angle: () => state.set({ tool: (desk.session.study?.questions ?? []).some(({ answer_type }) => drawingOf(answer_type)?.kind === "angle") ? "angle" : "three-point angle", sketch: null }),
    "next-slice": () => stepSlices(tools, viewport, 1),
    "previous-slice": () => stepSlices(tools, viewport, -1),
    "jump-forward": () => stepSlices(tools, viewport, 10),
    "jump-back": () => stepSlices(tools, viewport, -10),
    play: () => void (nextProtocol(tools) || togglePlay(tools)),
    undo: () => bench.deeds.undo(),
    redo: () => bench.deeds.redo(),
    delete: () => deleteSelected(tools),
    "next-question": () => turnToQuestion(tools, 1),
    "previous-question": () => turnToQuestion(tools, -1),
    "save-and-next": () => desk.dispatch(desk.session.phase === "checking" ? { type: "continued" } : { type: "save-asked", isConfirmed: desk.session.confirmations.length > 0, at: Date.now() }),
    "previous-case": () => desk.dispatch({ type: "move-asked", to: desk.session.position - 1, at: Date.now() }),
    "next-case": () => desk.dispatch({ type: "move-asked", to: desk.session.position + 1, at: Date.now() }),
    "full-viewport": () => state.set({ full: state.get().full === null ? state.get().viewport : null }),
    "hide-annotations": () => state.set({ areAnnotationsHidden: !state.get().areAnnotationsHidden }),
    "hide-text": () => state.set({ isTextHidden: !state.get().isTextHidden }),
    reset: () => viewport?.reset(),
    invert: () => viewport && room.show(viewport, { isInverted: !viewport.look.isInverted }),
    "flip-horizontal": () => turn(viewport?.camera && flip(viewport.camera, "horizontal")),
    "flip-vertical": () => turn(viewport?.camera && flip(viewport.camera, "vertical")),
    rotate: () => turn(viewport?.camera && rotate(viewport.camera, 90)),
    fit: () => viewport?.fit(),
    "actual-size": () => viewport?.showActualSize(),
    crosslines: () => state.set({ hasCrosslines: !state.get().hasCrosslines }),
    help: () => state.set({ isHelpOpen: !state.get().isHelpOpen }),
    cancel: () => endSketch(tools),
  };
  acts[action]?.();
}
