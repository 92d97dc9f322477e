import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore, type PointerEvent } from "react";

import type { Hung } from "../hanging";
import { type P3, type Viewport } from "../imaging";
import { annotationsOfView, drawingOf, lockOf, movePoint, shift, toAnnotation, type Annotation, type Sketch } from "../reading";

import { AnnotationLayer, type Drawn } from "./annotation-layer";
import { CineBar } from "./cine-bar";
import { CornerText, isCalibrated } from "./corner-text";
import { CrossLines, PlaneIndicator } from "./cross-lines";
import { belongsOn } from "./derived";
import { DerivedBar } from "./derived-bar";
import { annotationsOf, colorOf, replaceAnnotation, useReading } from "./desk-context";
import { placeOf, type Spot } from "./gestures";
import { Magnifier } from "./magnifier";
import { MinimapInset } from "./minimap";
import { PaneInput, questionFor } from "./pane-input";
import { rejectedOf } from "./proposals";

const spotOf = (event: { currentTarget: Element; clientX: number; clientY: number }): Spot => {
  const box = event.currentTarget.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};

/** Tools with which a press on a drawing takes hold of it. */
const quiet: readonly string[] = ["window", "pan", "zoom", "scroll", "probe"];

interface Moving {
  drawn: Drawn;
  annotation: Annotation;
}

/** Drawings of all questions that belong on this viewport. */
function useDrawn(viewport: Viewport, moving: Moving | null): Drawn[] {
  const { session, state, bench } = useReading();
  const { derived, others } = state;
  return useMemo(() => {
    if (state.areAnnotationsHidden) return [];
    if (derived && derived.reader !== null) {
      return annotationsOfView(derived, session, others)
        .filter(({ question }) => belongsOn(bench, viewport, question))
        .map(({ question, annotation }) => ({ question: question.pk, color: colorOf(session, question), isLocked: true, annotation }));
    }
    const questions = (session.study?.questions ?? []).filter(({ answer_type }) => drawingOf(answer_type));
    return questions
      .filter((question) => state.areAllShown || question.pk === state.question)
      .filter((question) => belongsOn(bench, viewport, question))
      .flatMap((question) => {
        const color = colorOf(session, question);
        const own = annotationsOf(session, question).map((annotation) => ({
          question: question.pk,
          color,
          isLocked: lockOf(session, question) !== null,
          annotation: moving?.drawn.question === question.pk && moving.drawn.annotation.id === annotation.id ? moving.annotation : annotation,
        }));
        const ghosts = rejectedOf(session, question).map((annotation) => ({ question: question.pk, color, isLocked: true, isGhost: true, annotation: { ...annotation, id: `rejected-${annotation.id}` } }));
        return [...own, ...ghosts];
      });
  }, [session, state.areAnnotationsHidden, state.areAllShown, state.question, derived, others, bench, viewport, moving]);
}

function useCanvas(viewport: Viewport) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    viewport.attach(canvas.current);
    const measure = () => {
      const area = box.current?.getBoundingClientRect();
      if (area) viewport.resize(area.width, area.height, Math.min(2, devicePixelRatio || 1));
    };
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    measure();
    return () => {
      observer.disconnect();
      viewport.attach(null);
    };
  }, [viewport]);
  return { canvas, box };
}

/** One viewport: the image, what is drawn on it, its corner text, and the hand that works on it. */
export function ViewportPane({ viewport, hung, style }: { viewport: Viewport; hung: Hung; style: React.CSSProperties }) {
  const { desk, bench, kept, config, session, state } = useReading();
  useSyncExternalStore(viewport.subscribe, () => viewport.image.progress + (viewport.image.failure ?? ""));
  const { canvas, box } = useCanvas(viewport);
  const [pointer, setPointer] = useState<P3 | null>(null);
  const [spot, setSpot] = useState<Spot>({ x: 0, y: 0 });
  const [moving, setMoving] = useState<Moving | null>(null);
  const tools = useMemo(() => ({ desk, bench, kept, config }), [desk, bench, kept, config]);
  const input = useMemo(() => new PaneInput(tools, viewport), [tools, viewport]);
  const drawn = useDrawn(viewport, moving);
  const sketch = state.sketch?.viewport === viewport.id ? state.sketch.sketch : null;
  const pending = sketch && pendingOf(sketch, viewport, pointer);
  const drawing = sketch && questionFor(tools, sketch.kind);

  const onGrip = useCallback(
    (grabbed: Drawn, part: number, index: number | null, event: PointerEvent) => {
      if (event.button !== 0) return;
      event.stopPropagation();
      const pane = box.current;
      const start = pane && placeOf(viewport, spotOf({ currentTarget: pane, clientX: event.clientX, clientY: event.clientY }));
      if (!pane || !start) return;
      bench.state.set({ selected: { question: grabbed.question, id: grabbed.annotation.id }, question: grabbed.question });
      bench.activate(viewport.id);
      let latest: Annotation | null = null;
      const onMove = (next: globalThis.PointerEvent) => {
        const at = placeOf(viewport, spotOf({ currentTarget: pane, clientX: next.clientX, clientY: next.clientY }));
        if (!at) return;
        latest = index === null ? shift(grabbed.annotation, [at[0] - start[0], at[1] - start[1], at[2] - start[2]]) : movePoint(grabbed.annotation, part, index, at);
        setMoving({ drawn: grabbed, annotation: latest });
      };
      const onUp = () => {
        removeEventListener("pointermove", onMove);
        removeEventListener("pointerup", onUp);
        setMoving(null);
        const question = desk.session.study?.questions.find(({ pk }) => pk === grabbed.question);
        if (latest && question) replaceAnnotation(tools, question, grabbed.annotation.id, latest);
      };
      addEventListener("pointermove", onMove);
      addEventListener("pointerup", onUp);
    },
    [bench, desk, tools, viewport, box],
  );

  useEffect(() => {
    const pane = box.current;
    if (!pane) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      input.wheel(spotOf({ currentTarget: pane, clientX: event.clientX, clientY: event.clientY }), event);
    };
    pane.addEventListener("wheel", onWheel, { passive: false });
    return () => pane.removeEventListener("wheel", onWheel);
  }, [input, box]);

  const { findings } = viewport.image.index?.header ?? { findings: [] };
  return (
    <div
      ref={box}
      className="viewport"
      data-viewport={viewport.id}
      data-progress={viewport.image.progress}
      data-kind={viewport.image.slide ? "slide" : "voxels"}
      data-active={state.viewport === viewport.id}
      style={{ ...style, cursor: state.tool === "pan" ? "grab" : "crosshair" }}
      tabIndex={hung.isSelectable ? 0 : -1}
      role="application"
      aria-label={`Image ${hung.labels[0] ?? viewport.id}`}
      onFocus={() => bench.activate(viewport.id)}
      onContextMenu={(event) => {
        event.preventDefault();
        // A mouse says it with a press that moves nothing, a finger by staying, which not every browser tells; a key comes only here.
        if (!["mouse", "touch"].includes((event.nativeEvent as globalThis.PointerEvent).pointerType)) bench.state.set({ menu: { x: event.clientX, y: event.clientY } });
      }}
      onPointerEnter={() => bench.activate(viewport.id)}
      onPointerLeave={() => setPointer(null)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        input.down(spotOf(event), event);
      }}
      onPointerMove={(event) => {
        const at = spotOf(event);
        setPointer(placeOf(viewport, at) ?? null);
        setSpot(at);
        input.move(at, event.pointerId);
      }}
      onPointerUp={(event) => {
        if (event.button === 2 && !input.hasMoved(spotOf(event))) bench.state.set({ menu: { x: event.clientX, y: event.clientY } });
        input.up(spotOf(event), event.pointerId);
      }}
      onTouchEnd={(event) => {
        // The finger that opened the menu presses nothing when it leaves: a press beside the menu closes it.
        if (state.menu && event.cancelable) event.preventDefault();
      }}
      onPointerCancel={(event) => input.up(spotOf(event), event.pointerId)}
      onDoubleClick={() => {
        if (input.finishSketch()) return;
        if (hung.isFullsizable && quiet.includes(state.tool)) bench.state.set({ full: state.full === null ? viewport.id : null });
      }}
    >
      <canvas ref={canvas} />
      {state.hasCrosslines && <CrossLines viewport={viewport} />}
      {hung.indicatorOf !== null && <PlaneIndicator viewport={viewport} hung={hung} />}
      <AnnotationLayer viewport={viewport} drawn={drawn} pending={pending && { annotation: pending, color: drawing ? colorOf(session, drawing) : "#4da3ff" }} selected={state.selected} isCalibrated={isCalibrated(findings)} isGripping={quiet.includes(state.tool)} onGrip={onGrip} />
      <CornerText viewport={viewport} hung={hung} pointer={pointer} isLinked={bench.room.linked.size > 1 && bench.room.linked.has(viewport.id)} isHidden={state.isTextHidden} />
      {state.cines[viewport.id] && <CineBar viewport={viewport} />}
      {state.derived && state.viewport === viewport.id && <DerivedBar viewport={viewport} />}
      {!state.isTextHidden && <MinimapInset of={viewport} />}
      {state.tool === "magnify" && pointer && <Magnifier viewport={viewport} spot={spot} source={canvas} />}
      {viewport.image.progress === "waiting" && (
        <div className="waiting" role="status">
          {session.connection === "offline" ? "The server cannot be reached; the image comes when it is there again. Your answers are kept." : "The image is on its way…"}
        </div>
      )}
      {viewport.image.progress === "failed" && (
        <div className="failed" role="alert" onPointerDown={(event) => event.stopPropagation()}>
          <div>
            <p>{viewport.image.failure} Nothing of your answers is lost, and the questions can be answered.</p>
            <button type="button" className="tool" onClick={() => bench.openAgain()}>Try again</button>
          </div>
        </div>
      )}
    </div>
  );
}

function pendingOf(sketch: Sketch, viewport: Viewport, pointer: P3 | null): Annotation | null {
  if (!viewport.camera) return null;
  return toAnnotation(sketch, viewport.camera, "pending", pointer ?? undefined);
}
