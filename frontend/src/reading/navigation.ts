import type { ReaderStudy } from "../contract";

type Rules = Pick<ReaderStudy, "allow_case_navigation" | "roll_over_answers_for_n_cases">;

/** Where a reader continues: the first case that is not complete, else the last one. */
export function resumePosition(isComplete: readonly boolean[]): number {
  const open = isComplete.indexOf(false);
  return open === -1 ? Math.max(0, isComplete.length - 1) : open;
}

/** Whether a reader may go from one case to another now. */
export function mayMove(rules: Rules, from: number, to: number, isComplete: readonly boolean[]): boolean {
  if (to < 0 || to >= isComplete.length || to === from) return false;
  if (rules.allow_case_navigation) return true;
  return to > from && isComplete[from] === true && !isComplete.slice(from, to).includes(false);
}

/** The case after this one: the next, or with fixed order the next that is open; nothing at the end. */
export function nextPosition(rules: Rules, from: number, isComplete: readonly boolean[]): number | undefined {
  if (rules.allow_case_navigation && from + 1 < isComplete.length) return from + 1;
  const after = isComplete.indexOf(false, from + 1);
  return after === -1 ? undefined : after;
}

/** Whether a case starts from the answers of the one before: n cases after each fresh one. */
export function rollsOver(rules: Rules, position: number): boolean {
  const cases = rules.roll_over_answers_for_n_cases ?? 0;
  return cases > 0 && position % (cases + 1) !== 0;
}
