import { Button, Group } from "@mantine/core";

import type { Question } from "../contract";
import { showPlaneOf } from "../imaging";
import { annotationsFromWire, annotationsToWire, currentCase, lockOf, startValue, type Annotation, type Session } from "../reading";

import { annotationsOf, changeValue, colorOf, useReading } from "./desk-context";

export const isSameDrawing = (a: Annotation, b: Annotation) => JSON.stringify(a.parts) === JSON.stringify(b.parts);

/** What somebody proposed for a question (an algorithm, an earlier reader), where the reader is to accept or reject it. */
export function proposalsOf(session: Session, question: Question): Annotation[] {
  const here = currentCase(session);
  if (question.widget !== "Accept/Reject Findings" || !here) return [];
  return annotationsFromWire(question.answer_type, startValue(question, here, session.files));
}

/** Proposals that are not part of the answer. */
export function rejectedOf(session: Session, question: Question): Annotation[] {
  const accepted = annotationsOf(session, question);
  return proposalsOf(session, question).filter((proposal) => !accepted.some((each) => isSameDrawing(each, proposal)));
}

const title = ({ name, probability }: Annotation, index: number) => `${name ?? `Proposal ${String(index + 1)}`}${probability === undefined ? "" : ` · ${String(Math.round(probability * 100))} %`}`;

/** Proposals, to be looked at and accepted or rejected one by one. */
export function Proposals({ question }: { question: Question }) {
  const tools = useReading();
  const { session, bench } = tools;
  const accepted = annotationsOf(session, question);
  const isLocked = lockOf(session, question) !== null;
  const put = (list: Annotation[]) => changeValue(tools, question, annotationsToWire(question.answer_type, list));
  const jump = (proposal: Annotation) => {
    const viewport = bench.viewportOfPort(question.image_port);
    const place = proposal.parts[0]?.[0];
    const same = accepted.find((each) => isSameDrawing(each, proposal));
    bench.state.set({ question: question.pk, selected: same ? { question: question.pk, id: same.id } : null });
    if (viewport?.camera && place) bench.room.move(viewport, showPlaneOf(viewport.camera, place));
  };
  return proposalsOf(session, question).map((proposal, index) => {
    const isIn = accepted.some((each) => isSameDrawing(each, proposal));
    const words = title(proposal, index);
    return (
      <div key={proposal.id} className="finding">
        <span className="swatch" style={{ background: isIn ? colorOf(session, question) : "none", outline: `1px dashed ${colorOf(session, question)}` }} />
        <button type="button" className="name" title="Jump to it" onClick={() => jump(proposal)}>{words}</button>
        <Group gap={4} wrap="nowrap">
          <Button size="compact-xs" disabled={isLocked} variant={isIn ? "filled" : "default"} aria-pressed={isIn} aria-label={`Accept ${words}`} onClick={() => !isIn && put([...accepted, proposal])}>
            Accept
          </Button>
          <Button size="compact-xs" disabled={isLocked} variant={isIn ? "default" : "filled"} aria-pressed={!isIn} aria-label={`Reject ${words}`} onClick={() => isIn && put(accepted.filter((each) => !isSameDrawing(each, proposal)))}>
            Reject
          </Button>
        </Group>
      </div>
    );
  });
}
