import { Button, Group, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import type { Question } from "../contract";
import { showPlaneOf } from "../imaging";
import { annotationsFromWire, annotationsToWire, currentCase, drawingOf, lockOf, startValue, type Annotation } from "../reading";

import { measureWords } from "./annotation-layer";
import { isCalibrated } from "./corner-text";
import { annotationsOf, changeValue, colorOf, replaceAnnotation, useReading } from "./desk-context";
import { endTyping } from "./end-typing";
import type { Tool } from "./workbench";

const words: Record<string, string> = { distance: "length", "three-point angle": "three-point angle" };

function renamed({ id, kind, parts, probability }: Annotation, name: string): Annotation {
  return { id, kind, parts, ...(probability === undefined ? {} : { probability }), ...(name ? { name } : {}) };
}

/** The drawings of a question: each can be jumped to, named, deleted. */
export function Findings({ question }: { question: Question }) {
  const tools = useReading();
  const { session, state, bench } = tools;
  const [naming, setNaming] = useState<string | null>(null);
  const drawing = drawingOf(question.answer_type);
  if (!drawing) return null;
  const annotations = annotationsOf(session, question);
  const viewport = bench.viewportOfPort(question.image_port);
  const isLocked = lockOf(session, question) !== null;
  const calibrated = isCalibrated(viewport?.image.index?.header.findings ?? []);
  const jump = (annotation: Annotation) => {
    const place = annotation.parts[0]?.[0];
    bench.state.set({ selected: { question: question.pk, id: annotation.id }, question: question.pk });
    if (viewport?.camera && place) bench.room.move(viewport, showPlaneOf(viewport.camera, place));
  };
  const isOn = state.tool === drawing.kind && state.question === question.pk;
  return (
    <div>
      {annotations.map((annotation, index) => {
        const isSelected = state.selected?.question === question.pk && state.selected.id === annotation.id;
        const title = annotation.name ?? `${words[drawing.kind] ?? drawing.kind} ${String(index + 1)}`;
        return (
          <div key={annotation.id} className="finding" data-selected={isSelected}>
            <span className="swatch" style={{ background: colorOf(session, question) }} />
            {naming === annotation.id ? (
              <TextInput
                size="xs"
                flex={1}
                autoFocus
                aria-label="Name"
                defaultValue={annotation.name ?? ""}
                onBlur={(event) => {
                  setNaming(null);
                  const name = event.currentTarget.value.trim();
                  if (name === (annotation.name ?? "")) return;
                  replaceAnnotation(tools, question, annotation.id, renamed(annotation, name));
                }}
                onKeyDown={endTyping}
              />
            ) : (
              <button type="button" className="name" title="Jump to it; double click to name it" onClick={() => jump(annotation)} onDoubleClick={() => !isLocked && setNaming(annotation.id)}>
                {title} <Text span size="xs" c="dimmed">{measureWords({ ...annotation, name: "" }, calibrated)}</Text>
              </button>
            )}
            {!isLocked && (
              <button type="button" aria-label={`Delete ${title}`} onClick={() => replaceAnnotation(tools, question, annotation.id, null)}>
                ✕
              </button>
            )}
          </div>
        );
      })}
      <Proposals question={question} />
      {!isLocked && (
        <Button size="compact-xs" variant={isOn ? "filled" : "default"} aria-pressed={isOn} onClick={() => bench.state.set({ tool: drawing.kind as Tool, question: question.pk, sketch: null, selected: null })}>
          {annotations.length > 0 && !drawing.isMultiple ? "Draw again" : `Draw ${words[drawing.kind] ?? drawing.kind}`}
        </Button>
      )}
    </div>
  );
}

/** Findings somebody proposed (an algorithm, an earlier reader), to accept or reject one by one. */
function Proposals({ question }: { question: Question }) {
  const tools = useReading();
  const { session } = tools;
  const here = currentCase(session);
  if (question.widget !== "Accept/Reject Findings" || !here || lockOf(session, question) !== null) return null;
  const proposed = annotationsFromWire(question.answer_type, startValue(question, here, session.files));
  const accepted = annotationsOf(session, question);
  const same = (a: Annotation, b: Annotation) => JSON.stringify(a.parts) === JSON.stringify(b.parts);
  return (
    <>
      {proposed.map((proposal, index) => {
        const isIn = accepted.some((each) => same(each, proposal));
        const put = (list: Annotation[]) => changeValue(tools, question, annotationsToWire(question.answer_type, list));
        return (
          <Group key={proposal.id} gap={6} py={2} wrap="nowrap">
            <Text size="xs" flex={1}>
              Proposal {index + 1}
              {proposal.probability === undefined ? "" : ` · ${String(Math.round(proposal.probability * 100))} %`}
            </Text>
            <Button size="compact-xs" variant={isIn ? "filled" : "default"} aria-pressed={isIn} onClick={() => !isIn && put([...accepted, proposal])}>
              Accept
            </Button>
            <Button size="compact-xs" variant={isIn ? "default" : "filled"} aria-pressed={!isIn} onClick={() => isIn && put(accepted.filter((each) => !same(each, proposal)))}>
              Reject
            </Button>
          </Group>
        );
      })}
    </>
  );
}
