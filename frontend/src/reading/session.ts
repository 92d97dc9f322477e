import type { DisplaySet, GroundTruthEntry, Json, Question, ReaderStudy } from "../contract";

import { emptyValue, isAnswerable } from "./answers";

/** Where a reading session stands; docs/explanation/reading-session.md draws the transitions. */
export type Phase = "loading" | "reading" | "checking" | "finished" | "failed";

export type Connection = "online" | "offline" | "signed-out";

/**
 * One answer in the making. Every edit raises `sequence`; `wanted` is the edit that shall reach the server, `sending`
 * the one that is on its way, `acknowledged` the last one the server confirmed.
 */
export interface Draft {
  readonly value: Json;
  readonly sequence: number;
  readonly wanted: number;
  readonly sending: number | null;
  readonly acknowledged: number;
  readonly answerPk: string | null;
  readonly seconds: number;
  readonly secondsSent: number;
  /** What the server confirmed of the seconds that `counter`, a name of its own for each load, has counted. */
  readonly secondsSaved: number;
  readonly counter?: string | undefined;
  readonly editedAt: number;
  readonly refusal: string | null;
  readonly isTouched: boolean;
}

export interface Session {
  readonly phase: Phase;
  readonly study: ReaderStudy | null;
  readonly cases: readonly DisplaySet[];
  readonly position: number;
  readonly drafts: Readonly<Record<string, Draft>>;
  readonly connection: Connection;
  readonly attempts: number;
  /** Another tab of this browser holds the pen. */
  readonly isElsewhere: boolean;
  /** The name under which this load counts time, so that the server counts none of it twice. */
  readonly counter?: string | undefined;
  /** The reader whose answers an editor looks at; nothing can be changed then. */
  readonly viewedAs: string | null;
  readonly complaints: Readonly<Record<string, string>>;
  readonly confirmations: readonly string[];
  readonly truth: Readonly<Record<string, GroundTruthEntry>> | null;
  /** The browser's storage refuses edits: they live in this page alone until the server has them. */
  readonly isStorageRefusing: boolean;
  /** What stands in files that questions start from, by their links. */
  readonly files: Readonly<Record<string, Json>>;
  readonly failure: string | null;
}

export const startSession: Session = {
  phase: "loading",
  study: null,
  cases: [],
  position: 0,
  drafts: {},
  connection: "online",
  attempts: 0,
  isElsewhere: false,
  viewedAs: null,
  complaints: {},
  confirmations: [],
  truth: null,
  isStorageRefusing: false,
  files: {},
  failure: null,
};

export const keyOf = (displaySetPk: string, questionPk: string) => `${displaySetPk}/${questionPk}`;

export const partsOfKey = (key: string) => {
  const [displaySetPk = "", questionPk = ""] = key.split("/");
  return { displaySetPk, questionPk };
};

export const currentCase = (session: Session): DisplaySet | undefined => session.cases[session.position];
export const questionsOf = (session: Session): Question[] => session.study?.questions ?? [];
export const answerableQuestions = (session: Session): Question[] => questionsOf(session).filter(isAnswerable);

export function draftOf(session: Session, displaySetPk: string, questionPk: string): Draft | undefined {
  return session.drafts[keyOf(displaySetPk, questionPk)];
}

export function valueOf(session: Session, question: Question, displaySetPk = currentCase(session)?.pk ?? ""): Json {
  return draftOf(session, displaySetPk, question.pk)?.value ?? emptyValue(question);
}

/** Every question of a case was answered and handed over, though it may still be on its way; none was refused. */
export function isCaseComplete(session: Session, displaySetPk: string): boolean {
  return answerableQuestions(session).every(({ pk }) => {
    const draft = draftOf(session, displaySetPk, pk);
    return draft !== undefined && draft.refusal === null && (draft.answerPk !== null || draft.wanted > 0);
  });
}

export const completeness = (session: Session): boolean[] => session.cases.map(({ pk }) => isCaseComplete(session, pk));

const rests: Readonly<Record<string, string>> = {
  draft: "This study is a draft; it takes no answers yet.",
  paused: "This study is paused; it takes no answers until it goes on.",
  closed: "This study is closed; answers can be looked at, not changed.",
};

/** Why an answer cannot be changed; nothing when it can. */
export function lockOf(session: Session, question: Question, displaySetPk = currentCase(session)?.pk ?? ""): string | null {
  if (session.viewedAs !== null) return `You are looking at the answers of ${session.viewedAs}.`;
  if (session.isElsewhere) return "This study is open in another tab.";
  const { state = "", roles = [] } = session.study ?? {};
  const rest = rests[state];
  if (rest !== undefined && !(state === "draft" && roles.includes("editor"))) return rest;
  const draft = draftOf(session, displaySetPk, question.pk);
  if (session.study?.allow_answer_modification || !draft) return null;
  return draft.answerPk !== null || draft.wanted > 0 ? "Saved answers of this study cannot be changed." : null;
}

export const isAutosaving = (session: Session) =>
  Boolean(session.study?.enable_autosaving && session.study.allow_answer_modification) && session.viewedAs === null;

/** What the reader is told about the work of this session. */
export type SaveState = "saved" | "saving" | "kept" | "unsaved" | "refused" | "signed-out";

export function saveState(session: Session): SaveState {
  const drafts = Object.values(session.drafts);
  if (drafts.some(({ refusal }) => refusal !== null)) return "refused";
  const isWaiting = drafts.some(({ wanted, acknowledged }) => wanted > acknowledged);
  if (session.connection === "signed-out") return "signed-out";
  if (isWaiting) return session.connection === "offline" ? "kept" : "saving";
  return drafts.some(({ sequence, acknowledged, isTouched }) => isTouched && sequence > acknowledged) ? "unsaved" : "saved";
}

/** Answers on their way of one case; a verification waits for them. */
export function isCaseSettled(session: Session, displaySetPk: string): boolean {
  return Object.entries(session.drafts).every(
    ([key, draft]) => partsOfKey(key).displaySetPk !== displaySetPk || draft.acknowledged >= draft.wanted,
  );
}
