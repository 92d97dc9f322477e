import type { Answer, DisplaySet, GroundTruthEntry, Json, Question, ReaderStudy } from "../contract";

import { answersByQuestion, asksConfirmation, emptyValue, isMissing, problemOf, startFile, startValue } from "./answers";
import { mayMove, nextPosition, resumePosition, rollsOver } from "./navigation";
import {
  answerableQuestions,
  completeness,
  currentCase,
  isAutosaving,
  isCaseSettled,
  keyOf,
  lockOf,
  partsOfKey,
  startSession,
  valueOf,
  type Draft,
  type Session,
} from "./session";

/** An edit that waits in the browser until the server has it. */
export interface KeptEdit {
  key: string;
  value: Json;
  sequence: number;
  isWanted: boolean;
  seconds: number;
  editedAt: number;
  /** Who counted these seconds, and those that the server has already: a repeated edit counts none of them twice. */
  counter?: string | undefined;
  secondsSaved?: number | undefined;
}

export type Failure = "offline" | "signed-out" | "refused";

export type Event =
  | { type: "loaded"; study: ReaderStudy; cases: DisplaySet[]; answers: Answer[]; kept: KeptEdit[]; viewedAs: string | null; startAt?: number; counter?: string }
  | { type: "load-failed"; message: string }
  | { type: "edited"; question: string; value: Json; at: number }
  | { type: "time-passed"; question: string; displaySet: string; seconds: number }
  | { type: "autosave-due"; key: string }
  | { type: "save-asked"; isConfirmed: boolean; at: number }
  | { type: "confirmation-declined" }
  | { type: "move-asked"; to: number; at: number }
  | { type: "acknowledged"; key: string; sequence: number; answerPk: string }
  | { type: "not-saved"; key: string; sequence: number; failure: Failure; message: string }
  | { type: "retry-due" }
  | { type: "signed-in" }
  | { type: "file-arrived"; file: string; content: Json }
  | { type: "truth-arrived"; truth: Record<string, GroundTruthEntry> }
  | { type: "continued" }
  | { type: "reopened"; at: number }
  | { type: "not-kept" }
  | { type: "pen-moved"; isElsewhere: boolean };

export type Effect =
  | { type: "send"; key: string; sequence: number; value: Json; seconds: number; editedAt: number; answerPk: string | null; counter?: string | undefined; secondsCounted: number }
  | { type: "keep"; edit: KeptEdit }
  | { type: "forget"; key: string }
  | { type: "autosave-later"; key: string; afterMs: number }
  | { type: "retry-later"; afterMs: number }
  | { type: "fetch-file"; file: string }
  | { type: "fetch-truth"; study: string; displaySet: string };

export interface Step {
  session: Session;
  effects: Effect[];
}

const autosaveMs = 1200;
const stay = (session: Session, effects: Effect[] = []): Step => ({ session, effects });

const freshDraft = (value: Json, answerPk: string | null = null, counter?: string): Draft => ({
  value,
  sequence: 0,
  wanted: 0,
  sending: null,
  acknowledged: 0,
  answerPk,
  seconds: 0,
  secondsSent: 0,
  secondsSaved: 0,
  counter,
  editedAt: 0,
  refusal: null,
  isTouched: false,
});

const withDraft = (session: Session, key: string, draft: Draft): Session => ({ ...session, drafts: { ...session.drafts, [key]: draft } });

const keptOf = (key: string, { value, sequence, wanted, seconds, secondsSaved, counter, editedAt }: Draft): KeptEdit => ({
  key,
  value,
  sequence,
  isWanted: wanted >= sequence,
  seconds,
  editedAt,
  ...(counter === undefined ? {} : { counter, secondsSaved }),
});
const keep = (key: string, draft: Draft): Effect => ({ type: "keep", edit: keptOf(key, draft) });

/** What waits: in the browser's storage, and in a session that is loaded again; of one answer the latest. */
function waitingEdits(before: Session, { study, kept, viewedAs }: Extract<Event, { type: "loaded" }>): KeptEdit[] {
  if (viewedAs !== null) return [];
  const latest = new Map(kept.map((each) => [each.key, each]));
  for (const [key, draft] of before.study?.pk === study.pk ? Object.entries(before.drafts) : []) {
    if (draft.isTouched && draft.sequence > draft.acknowledged && draft.editedAt >= (latest.get(key)?.editedAt ?? 0)) latest.set(key, keptOf(key, draft));
  }
  return [...latest.values()];
}

/** The transition function of a reading session: no clock, no network, no storage. */
export function step(session: Session, event: Event): Step {
  switch (event.type) {
    case "loaded":
      return load(session, event);
    case "load-failed":
      return stay({ ...session, phase: "failed", failure: event.message });
    case "edited":
      return edit(session, event.question, event.value, event.at);
    case "time-passed":
      return stay(addTime(session, keyOf(event.displaySet, event.question), event.seconds));
    case "autosave-due":
      return want(session, event.key);
    case "save-asked":
      return save(session, event.isConfirmed, event.at);
    case "confirmation-declined":
      return stay({ ...session, confirmations: [] });
    case "move-asked":
      return mayGo(session, event.to) ? leave(session, event.to) : stay(session);
    case "acknowledged":
      return acknowledge(session, event.key, event.sequence, event.answerPk);
    case "not-saved":
      return notSaved(session, event);
    case "retry-due":
      return session.connection === "signed-out" ? stay(session) : sendWaiting({ ...session, connection: "online" });
    case "signed-in":
      return sendWaiting({ ...session, connection: "online", attempts: 0 });
    case "file-arrived":
      return stay(takeFile(session, event.file, event.content));
    case "truth-arrived":
      return stay({ ...session, truth: event.truth });
    case "continued":
      return session.phase === "checking" ? advance({ ...session, phase: "reading", truth: null }) : stay(session);
    case "reopened":
      return mayReopen(session, event.at) ? leave(session, event.at) : stay(session);
    case "not-kept":
      return stay({ ...session, isStorageRefusing: true });
    case "pen-moved":
      return stay({ ...session, isElsewhere: event.isElsewhere });
  }
}

const noRules = { allow_case_navigation: false, roll_over_answers_for_n_cases: 0 };
const isViewing = (session: Session, to: number) => session.viewedAs !== null && to >= 0 && to < session.cases.length;

function mayGo(session: Session, to: number): boolean {
  if (session.phase !== "reading" && session.phase !== "checking") return false;
  return isViewing(session, to) || mayMove(session.study ?? noRules, session.position, to, completeness(session));
}

/** From the end page: to any case where readers move freely, else to one that was left open. */
function mayReopen(session: Session, at: number): boolean {
  return session.phase === "finished" && session.cases[at] !== undefined && (Boolean(session.study?.allow_case_navigation) || completeness(session)[at] === false);
}

/** The case on screen when it is loaded again, else the one a link asks for; nobody gets ahead or back by a link where readers do not move freely. */
function askedStart(before: Session, { study, cases, viewedAs, startAt }: Extract<Event, { type: "loaded" }>): number | undefined {
  const here = before.phase === "reading" ? cases.findIndex(({ pk }) => pk === currentCase(before)?.pk) : -1;
  if (here >= 0) return here;
  if (startAt === undefined || (viewedAs === null && !study.allow_case_navigation)) return undefined;
  return Math.max(0, Math.min(cases.length - 1, startAt));
}

function load(before: Session, event: Extract<Event, { type: "loaded" }>): Step {
  const drafts: Record<string, Draft> = {};
  for (const { pk } of event.cases) {
    for (const [questionPk, answer] of answersByQuestion(event.answers, pk)) {
      drafts[keyOf(pk, questionPk)] = { ...freshDraft(maskAware(answer), answer.pk, event.counter), editedAt: Date.parse(answer.modified) };
    }
  }
  const effects: Effect[] = [];
  for (const edit of waitingEdits(before, event)) {
    const known = drafts[edit.key];
    if (!event.cases.some(({ pk }) => pk === partsOfKey(edit.key).displaySetPk)) continue;
    const saved = event.answers.find(({ pk }) => pk === known?.answerPk);
    if (saved && (!event.study.allow_answer_modification || Date.parse(saved.modified) > edit.editedAt)) {
      effects.push({ type: "forget", key: edit.key });
      continue;
    }
    drafts[edit.key] = {
      ...freshDraft(edit.value, known?.answerPk ?? null, edit.counter ?? event.counter),
      sequence: edit.sequence,
      wanted: edit.isWanted ? edit.sequence : 0,
      seconds: edit.seconds,
      secondsSaved: edit.secondsSaved ?? 0,
      editedAt: edit.editedAt,
      isTouched: true,
    };
  }
  const { isElsewhere, files } = before;
  const session: Session = { ...startSession, phase: "reading", study: event.study, cases: event.cases, drafts, viewedAs: event.viewedAs, isElsewhere, files, counter: event.counter };
  for (const [key, draft] of isAutosaving(session) ? Object.entries(drafts) : []) {
    if (draft.isTouched && draft.sequence > draft.wanted) effects.push({ type: "autosave-later", key, afterMs: autosaveMs });
  }
  const complete = completeness(session);
  const isDone = event.cases.length > 0 && !complete.includes(false) && event.viewedAs === null;
  const asked = askedStart(before, event);
  const opened = openCase({ ...session, position: asked ?? (event.viewedAs === null ? resumePosition(complete) : 0) });
  const sent = sendWaiting(isDone && asked === undefined ? { ...opened.session, phase: "finished" } : opened.session);
  return { session: sent.session, effects: [...effects, ...opened.effects, ...sent.effects] };
}

/** A stored mask shows as its image; the wire's own note about the import is of no use to a reader. */
const maskAware = (answer: Answer): Json => (answer.answer_image === null ? answer.answer : { image: answer.answer_image });

/** The case whose answers the current one starts from. */
const rolledFrom = (session: Session): DisplaySet | undefined => (session.study && rollsOver(session.study, session.position) ? session.cases[session.position - 1] : undefined);

/** Give every question of the current case a value to start from; what stands in files is asked for. */
function openCase(session: Session): Step {
  const here = currentCase(session);
  if (!here) return stay(session);
  const previous = rolledFrom(session);
  const drafts = { ...session.drafts };
  const files = new Set<string>();
  for (const question of answerableQuestions(session)) {
    const key = keyOf(here.pk, question.pk);
    const file = startFile(question, here);
    if (file !== null && session.viewedAs === null && session.files[file] === undefined) files.add(file);
    if (drafts[key]) continue;
    const start = session.viewedAs !== null ? emptyValue(question) : previous ? valueOf(session, question, previous.pk) : startValue(question, here, session.files);
    drafts[key] = freshDraft(start, null, session.counter);
  }
  return stay({ ...session, drafts, complaints: {}, confirmations: [], truth: null }, [...files].map((file) => ({ type: "fetch-file", file })));
}

/** What a file holds has arrived: questions of this case that start from it, and were not touched yet, do so. */
function takeFile(session: Session, file: string, content: Json): Session {
  const files = { ...session.files, [file]: content };
  const here = currentCase(session);
  const drafts = { ...session.drafts };
  for (const question of here && session.viewedAs === null && !rolledFrom(session) ? answerableQuestions(session) : []) {
    const draft = here && drafts[keyOf(here.pk, question.pk)];
    if (!here || !draft || draft.sequence > 0 || draft.answerPk !== null || startFile(question, here) !== file) continue;
    drafts[keyOf(here.pk, question.pk)] = { ...draft, value: startValue(question, here, files) };
  }
  return { ...session, files, drafts };
}

function edit(session: Session, questionPk: string, value: Json, at: number): Step {
  const here = currentCase(session);
  const question = session.study?.questions.find(({ pk }) => pk === questionPk);
  if (!here || !question || session.phase !== "reading" || lockOf(session, question) !== null) return stay(session);
  const key = keyOf(here.pk, questionPk);
  const before = session.drafts[key] ?? freshDraft(emptyValue(question), null, session.counter);
  const draft: Draft = { ...before, value, sequence: before.sequence + 1, editedAt: Math.max(at, before.editedAt + 1), refusal: null, isTouched: true };
  const problem = problemOf(question, value);
  const { [questionPk]: complaint, ...others } = session.complaints;
  const complaints = problem && complaint ? { ...others, [questionPk]: problem } : others;
  const effects: Effect[] = [keep(key, draft)];
  if (isAutosaving(session) && !problem) effects.push({ type: "autosave-later", key, afterMs: autosaveMs });
  return stay({ ...withDraft(session, key, draft), complaints }, effects);
}

function addTime(session: Session, key: string, seconds: number): Session {
  const draft = session.drafts[key];
  return draft && session.viewedAs === null ? withDraft(session, key, { ...draft, seconds: draft.seconds + seconds }) : session;
}

/** Ask for a draft to reach the server. */
function want(session: Session, key: string): Step {
  const draft = session.drafts[key];
  const question = session.study?.questions.find(({ pk }) => pk === partsOfKey(key).questionPk);
  if (!draft || !question || session.viewedAs !== null || problemOf(question, draft.value)) return stay(session);
  const wanted = Math.max(1, draft.sequence);
  const asked: Draft = { ...draft, wanted, sequence: wanted, refusal: null };
  const sent = send(withDraft(session, key, asked), key);
  return { session: sent.session, effects: [keep(key, asked), ...sent.effects] };
}

function send(session: Session, key: string): Step {
  const draft = session.drafts[key];
  if (!draft || draft.sending !== null || draft.refusal !== null || draft.wanted <= draft.acknowledged) return stay(session);
  if (session.connection !== "online") return stay(session);
  const sending = draft.sequence;
  return stay(withDraft(session, key, { ...draft, sending, wanted: sending, secondsSent: draft.seconds }), [
    { type: "send", key, sequence: sending, value: draft.value, seconds: draft.seconds, editedAt: draft.editedAt, answerPk: draft.answerPk, counter: draft.counter, secondsCounted: draft.secondsSaved + draft.seconds },
  ]);
}

function sendWaiting(session: Session): Step {
  let step_: Step = stay(session);
  for (const key of Object.keys(session.drafts)) {
    const next = send(step_.session, key);
    step_ = { session: next.session, effects: [...step_.effects, ...next.effects] };
  }
  return step_;
}

function complaintsOf(session: Session, questions: Question[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const question of questions) {
    const value = valueOf(session, question);
    const problem = problemOf(question, value) ?? (isMissing(question, value) ? "An answer is needed." : undefined);
    if (problem) found[question.pk] = problem;
  }
  return found;
}

function save(session: Session, isConfirmed: boolean, at: number): Step {
  const here = currentCase(session);
  if (!here || session.phase !== "reading") return stay(session);
  if (session.viewedAs !== null || session.isElsewhere) return advance(session);
  const open = answerableQuestions(session).filter((question) => lockOf(session, question) === null);
  const complaints = complaintsOf(session, open);
  if (Object.keys(complaints).length > 0) return stay({ ...session, complaints, confirmations: [] });
  const doubtful = open.filter((question) => asksConfirmation(question, valueOf(session, question))).map(({ pk }) => pk);
  if (doubtful.length > 0 && !isConfirmed) return stay({ ...session, confirmations: doubtful, complaints: {} });
  let saved: Step = stay({ ...session, complaints: {}, confirmations: [] });
  for (const { pk } of open) {
    const key = keyOf(here.pk, pk);
    const draft = saved.session.drafts[key];
    if (draft && draft.answerPk !== null && draft.sequence <= draft.acknowledged) continue;
    const next = want(draft ? withDraft(saved.session, key, { ...draft, editedAt: draft.editedAt || at }) : saved.session, key);
    saved = { session: next.session, effects: [...saved.effects, ...next.effects] };
  }
  const next = session.study?.instant_verification && session.study.is_educational ? check(saved.session, here) : advance(saved.session);
  return { session: next.session, effects: [...saved.effects, ...next.effects] };
}

function check(session: Session, here: DisplaySet): Step {
  const checking: Session = { ...session, phase: "checking", truth: null };
  return isCaseSettled(checking, here.pk) ? stay(checking, [fetchTruth(checking, here)]) : stay(checking);
}

const fetchTruth = (session: Session, here: DisplaySet): Effect => ({ type: "fetch-truth", study: session.study?.pk ?? "", displaySet: here.pk });

function advance(session: Session): Step {
  const to = session.viewedAs !== null ? (session.position + 1 < session.cases.length ? session.position + 1 : undefined) : nextPosition(session.study ?? noRules, session.position, completeness(session));
  return to === undefined ? stay({ ...session, phase: session.viewedAs === null ? "finished" : session.phase }) : leave(session, to);
}

/** Leave a case: with autosave, what was typed goes out now instead of later. */
function leave(session: Session, to: number): Step {
  let left: Step = stay(session);
  const here = currentCase(session);
  for (const question of isAutosaving(session) && here ? answerableQuestions(session) : []) {
    const key = keyOf(here?.pk ?? "", question.pk);
    const draft = left.session.drafts[key];
    if (!draft?.isTouched || draft.sequence <= draft.wanted) continue;
    const next = want(left.session, key);
    left = { session: next.session, effects: [...left.effects, ...next.effects] };
  }
  const opened = openCase({ ...left.session, phase: "reading", position: to });
  return { session: opened.session, effects: [...left.effects, ...opened.effects] };
}

function acknowledge(session: Session, key: string, sequence: number, answerPk: string): Step {
  const draft = session.drafts[key];
  if (!draft || sequence <= draft.acknowledged) return stay(session);
  const settled: Draft = { ...draft, sending: null, acknowledged: sequence, answerPk, seconds: draft.seconds - draft.secondsSent, secondsSaved: draft.secondsSaved + draft.secondsSent };
  const online: Session = { ...withDraft(session, key, settled), connection: "online", attempts: 0 };
  const sent = sendWaiting(online);
  const effects = settled.sequence > sequence ? [...sent.effects] : [{ type: "forget", key } as Effect, ...sent.effects];
  const here = currentCase(sent.session);
  if (sent.session.phase === "checking" && here && sent.session.truth === null && isCaseSettled(sent.session, here.pk)) {
    effects.push(fetchTruth(sent.session, here));
  }
  return { session: sent.session, effects };
}

const retryMs = (attempts: number) => Math.min(30_000, 1000 * 2 ** attempts);

function notSaved(session: Session, event: Extract<Event, { type: "not-saved" }>): Step {
  const draft = session.drafts[event.key];
  if (!draft || draft.sending !== event.sequence) return stay(session);
  if (event.failure === "refused") {
    const refused = withDraft(session, event.key, { ...draft, sending: null, refusal: event.message });
    const isHere = partsOfKey(event.key).displaySetPk === currentCase(session)?.pk;
    return stay(isHere && session.phase === "checking" ? { ...refused, phase: "reading" } : refused);
  }
  const waiting = withDraft(session, event.key, { ...draft, sending: null });
  if (event.failure === "signed-out") return stay({ ...waiting, connection: "signed-out" });
  const effects: Effect[] = session.connection === "offline" ? [] : [{ type: "retry-later", afterMs: retryMs(session.attempts) }];
  return stay({ ...waiting, connection: session.connection === "signed-out" ? "signed-out" : "offline", attempts: session.attempts + (effects.length > 0 ? 1 : 0) }, effects);
}
