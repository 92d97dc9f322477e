import { useEffect, useRef } from "react";

import type { GroundTruthEntry, Question } from "../contract";
import { draftOf, isImageQuestion, lockOf, valueOf, currentCase } from "../reading";
import { CleanHtml } from "../ui";

import { changeValue, useReading } from "./desk-context";
import { Field } from "./fields";
import { Findings } from "./findings";
import { MaskPanel } from "./mask-panel";

/** One question: its text, its help, what answers it. */
export function QuestionCard({ question, number, truth }: { question: Question; number: number; truth: GroundTruthEntry | undefined }) {
  const tools = useReading();
  const { session, state, bench } = tools;
  const card = useRef<HTMLElement>(null);
  const isActive = state.question === question.pk;
  useEffect(() => {
    // Under the pointer nothing may move: the press that made the card active would be released over something else.
    if (isActive && !card.current?.matches(":hover")) card.current?.scrollIntoView({ block: "nearest" });
  }, [isActive]);
  if (question.answer_type === "Heading") {
    return (
      <header className="question">
        <h2 style={{ fontSize: 15, margin: 0 }}>{question.question_text_safe}</h2>
        {question.help_text_safe && <CleanHtml html={question.help_text_safe} />}
      </header>
    );
  }
  const lock = lockOf(session, question);
  const complaint = session.complaints[question.pk];
  const draft = draftOf(session, currentCase(session)?.pk ?? "", question.pk);
  return (
    <section ref={card} className="question" data-question={question.pk} data-active={isActive} aria-label={question.question_text_safe} onFocusCapture={() => !isActive && bench.state.set({ question: question.pk })} onPointerDown={() => bench.state.set({ question: question.pk })}>
      <h3>
        {number}. <bdi>{question.question_text_safe}</bdi>
        {question.required ? <span title="Needed" aria-label="needed"> *</span> : null}
        {isImageQuestion(question) && question.image_port ? <span className="quiet"> · {question.image_port}</span> : null}
      </h3>
      {question.help_text_safe && <div className="quiet"><CleanHtml html={question.help_text_safe} /></div>}
      <Field question={question} value={valueOf(session, question)} isLocked={lock !== null} complaint={complaint} onChange={(value) => changeValue(tools, question, value)} />
      {isImageQuestion(question) && (question.answer_type === "Mask" ? <MaskPanel question={question} /> : <Findings question={question} />)}
      {complaint && <div className="complaint" role="alert">{complaint}</div>}
      {draft?.refusal && <div className="complaint" role="alert">The server did not take this answer: {draft.refusal} Change it and save again; it is kept here.</div>}
      {truth && <Truth question={question} truth={truth} value={valueOf(session, question)} />}
    </section>
  );
}

/** Answers that mean the same: without regard to case and blanks, or to the order of what was chosen. */
function plain(value: unknown): string {
  if (typeof value === "string") return value.trim().toLowerCase();
  return JSON.stringify(Array.isArray(value) ? [...(value as unknown[])].sort() : value) ?? "";
}

const yesOrNo = (value: unknown) => (value === true ? "Yes" : value === false ? "No" : value);

function Truth({ question, truth, value }: { question: Question; truth: GroundTruthEntry; value: unknown }) {
  const isSame = plain(truth.answer) === plain(value);
  const told = yesOrNo(truth.answer_text);
  const words = typeof told === "string" || typeof told === "number" ? String(told) : Array.isArray(told) ? told.join(", ") || "none" : isImageQuestion(question) ? "see the image" : "nothing";
  return (
    <div style={{ marginTop: 8, borderLeft: `3px solid ${isSame ? "#51a866" : "#e0a030"}`, paddingLeft: 8, fontSize: 13 }}>
      <strong>{isSame ? "✓ As the reference says" : `Reference: ${words}`}</strong>
      {truth.explanation && <p style={{ margin: "4px 0 0" }}>{truth.explanation}</p>}
    </div>
  );
}
