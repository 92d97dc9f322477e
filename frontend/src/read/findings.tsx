import { Button, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import type { Question } from "../contract";
import { showPlaneOf } from "../imaging";
import { drawingOf, lockOf, type Annotation } from "../reading";

import { measureWords } from "./annotation-layer";
import { isCalibrated } from "./corner-text";
import { annotationsOf, colorOf, replaceAnnotation, useReading } from "./desk-context";
import { endTyping } from "./end-typing";
import { isSameDrawing, Proposals, proposalsOf } from "./proposals";
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
  const proposed = proposalsOf(session, question);
  const own = annotations.filter((each) => !proposed.some((proposal) => isSameDrawing(each, proposal)));
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
      <Proposals question={question} />
      {own.map((annotation, index) => {
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
      {!isLocked && (
        <Button size="compact-xs" variant={isOn ? "filled" : "default"} aria-pressed={isOn} onClick={() => bench.state.set({ tool: drawing.kind as Tool, question: question.pk, sketch: null, selected: null })}>
          {annotations.length > 0 && !drawing.isMultiple ? "Draw again" : `Draw ${words[drawing.kind] ?? drawing.kind}`}
        </Button>
      )}
    </div>
  );
}
