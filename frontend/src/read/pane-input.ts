import type { Question } from "../contract";
import { slicesAway, type P3, type Viewport } from "../imaging";
import {
  addPoint,
  annotationKinds,
  drawingOf,
  isFinished,
  lockOf,
  mayEnd,
  simplify,
  startSketch,
  toAnnotation,
  type Annotation,
  type AnnotationKind,
} from "../reading";

import { addAnnotation, commitMask, maskOf, type ReadingTools } from "./desk-context";
import { stepSlices } from "./derived";
import { pinch, placeOf, startGesture, zoomBy, type Gesture, type Spot } from "./gestures";
import type { MaskTool } from "./mask-bench";
import type { Tool } from "./workbench";

const maskTools: readonly Tool[] = ["brush", "eraser", "threshold", "fill", "scissors", "grow"];
const navigation: readonly Tool[] = ["window", "pan", "zoom", "scroll"];
const isDrawing = (tool: Tool): tool is AnnotationKind => (annotationKinds as readonly string[]).includes(tool);
const isMasking = (tool: Tool): tool is MaskTool => maskTools.includes(tool);
/** Milliseconds and pixels that make a touch a long one: a finger is never quite still. */
const longTouch = { time: 500, way: 8 };
const far = (a: Spot, b: Spot) => Math.hypot(a.x - b.x, a.y - b.y);

/** The question that takes what a tool draws: the active one if it fits, else the first that does. */
export function questionFor({ desk, bench }: ReadingTools, tool: Tool): Question | undefined {
  const questions = desk.session.study?.questions ?? [];
  const fits = ({ answer_type }: Question) => (isMasking(tool) ? answer_type === "Mask" : drawingOf(answer_type)?.kind === tool);
  const active = questions.find(({ pk }) => pk === bench.state.get().question);
  return active && fits(active) ? active : questions.find(fits);
}

/** Turns what a hand does over one viewport into views, drawings and masks. */
export class PaneInput {
  readonly #pointers = new Map<number, Spot>();
  #gesture: Gesture | undefined;
  #pressed: Spot | undefined;
  #outline: P3[] = [];
  #touch: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly tools: ReadingTools,
    private readonly viewport: Viewport,
  ) {}

  down(spot: Spot, event: { pointerId: number; pointerType: string; button: number; shiftKey: boolean; clientX: number; clientY: number }): void {
    const { bench } = this.tools;
    clearTimeout(this.#touch);
    bench.activate(this.viewport.id);
    this.#pointers.set(event.pointerId, spot);
    this.#pressed = spot;
    if (this.#pointers.size === 2) {
      this.#gesture?.end?.(spot);
      this.#gesture = undefined;
      bench.state.set({ sketch: null });
      return;
    }
    const chosen = bench.state.get().tool;
    // A finger scrolls: windows are chosen from the presets there.
    const tool = event.pointerType === "touch" && chosen === "window" ? "scroll" : chosen;
    if (event.button === 1 || event.shiftKey) this.#gesture = startGesture("pan", bench.room, this.viewport, spot);
    else if (event.button === 2) this.#gesture = startGesture("zoom", bench.room, this.viewport, spot);
    else if (navigation.includes(tool)) {
      this.#gesture = startGesture(tool as "window", bench.room, this.viewport, spot);
      if (event.pointerType === "touch") this.#touch = setTimeout(() => this.#openMenu({ x: event.clientX, y: event.clientY }), longTouch.time);
    }
    else if (isDrawing(tool)) this.#draw(spot, tool);
    else if (isMasking(tool)) this.#paint(spot, tool);
  }

  move(spot: Spot, pointerId: number): void {
    const before = this.#pointers.get(pointerId);
    if (before && this.#pointers.size === 2) {
      const other = [...this.#pointers].find(([id]) => id !== pointerId)?.[1];
      if (other) pinch(this.tools.bench.room, this.viewport, [before, other], [spot, other]);
    }
    if (before) this.#pointers.set(pointerId, spot);
    if (this.#pressed && far(this.#pressed, spot) >= longTouch.way) clearTimeout(this.#touch);
    this.#gesture?.move(spot);
  }

  up(spot: Spot, pointerId: number): void {
    clearTimeout(this.#touch);
    this.#pointers.delete(pointerId);
    this.#gesture?.end?.(spot);
    this.#gesture = undefined;
    this.#pressed = undefined;
  }

  /** The finger that opened it moves nothing any more. */
  #openMenu(menu: Spot): void {
    this.#gesture = undefined;
    this.tools.bench.state.set({ menu });
  }

  /** Whether the pointer went anywhere since it was pressed. */
  hasMoved(spot: Spot): boolean {
    return this.#pressed !== undefined && far(this.#pressed, spot) >= 4;
  }

  wheel(spot: Spot, event: { deltaY: number; ctrlKey: boolean }): void {
    const { room } = this.tools.bench;
    if (event.ctrlKey) zoomBy(room, this.viewport, Math.exp(-event.deltaY / 300), spot);
    else stepSlices(this.tools, this.viewport, Math.sign(event.deltaY) * Math.max(1, Math.min(5, Math.round(Math.abs(event.deltaY) / 120))));
  }

  /** End an outline that is being drawn. */
  finishSketch(): boolean {
    const { sketch } = this.tools.bench.state.get();
    if (!sketch || !mayEnd(sketch.sketch)) return false;
    this.#finish(toAnnotation(sketch.sketch, this.#sheet(), "new"));
    return true;
  }

  #sheet() {
    const { right, down } = this.viewport.camera ?? { right: [1, 0, 0] as const, down: [0, 1, 0] as const };
    return { right, down };
  }

  #finish(annotation: Annotation): void {
    const question = questionFor(this.tools, annotation.kind);
    this.tools.bench.state.set({ sketch: null });
    if (question) addAnnotation(this.tools, question, annotation);
  }

  #draw(spot: Spot, kind: AnnotationKind): void {
    const { bench, desk } = this.tools;
    const question = questionFor(this.tools, kind);
    const at = placeOf(this.viewport, spot);
    if (!at || !question || lockOf(desk.session, question) !== null) return;
    bench.state.set({ question: question.pk });
    const going = bench.state.get().sketch;
    const isOnward = going?.viewport === this.viewport.id && going.sketch.kind === kind && this.#isOnPlane(going.sketch.points[0]);
    if (isOnward && this.#isNearStart(going.sketch.points, spot) && this.finishSketch()) return;
    const sketch = isOnward ? addPoint(going.sketch, at) : startSketch(kind, at);
    if (isFinished(sketch)) {
      this.#finish(toAnnotation(sketch, this.#sheet(), "new"));
      return;
    }
    bench.state.set({ sketch: { viewport: this.viewport.id, sketch } });
    this.#gesture = kind === "polygon" || kind === "line" ? this.#freehand(spot) : this.#stretch(spot);
  }

  #isOnPlane(point: P3 | undefined): boolean {
    return point !== undefined && this.viewport.camera !== undefined && slicesAway(this.viewport.camera, point) < 0.6;
  }

  #isNearStart(points: readonly P3[], spot: Spot): boolean {
    const { camera } = this.viewport;
    const last = points.at(-1);
    const candidates = [points[0], last].filter((point) => point !== undefined);
    const here = placeOf(this.viewport, spot);
    return (
      points.length >= 2 &&
      camera !== undefined &&
      here !== undefined &&
      candidates.some((point) => Math.hypot(point[0] - here[0], point[1] - here[1], point[2] - here[2]) / camera.mmPerPixel < 7)
    );
  }

  /** Press, drag, release: the second point of a box, a length, an ellipse, an angle's arm. */
  #stretch(start: Spot): Gesture {
    return {
      move: () => undefined,
      end: (spot) => {
        const { sketch } = this.tools.bench.state.get();
        const at = placeOf(this.viewport, spot);
        if (!sketch || !at || far(start, spot) < 5) return;
        const longer = addPoint(sketch.sketch, at);
        if (isFinished(longer)) this.#finish(toAnnotation(longer, this.#sheet(), "new"));
        else this.tools.bench.state.set({ sketch: { ...sketch, sketch: longer } });
      },
    };
  }

  /** Dragging draws freehand; what is released after a long way is complete. */
  #freehand(start: Spot): Gesture {
    let last = start;
    let way = 0;
    const drawn: P3[] = [];
    return {
      move: (spot) => {
        const at = placeOf(this.viewport, spot);
        if (!at || far(last, spot) < 3) return;
        way += far(last, spot);
        last = spot;
        drawn.push(at);
        const { sketch } = this.tools.bench.state.get();
        if (sketch && way > 12) this.tools.bench.state.set({ sketch: { ...sketch, sketch: { ...sketch.sketch, points: [...sketch.sketch.points, at] } } });
      },
      end: () => {
        const { sketch } = this.tools.bench.state.get();
        const { camera } = this.viewport;
        if (!sketch || !camera || way < 40) return;
        const points = simplify(sketch.sketch.points, 0.25 * camera.mmPerPixel);
        this.#finish(toAnnotation({ ...sketch.sketch, points }, this.#sheet(), "new"));
      },
    };
  }

  #paint(spot: Spot, tool: MaskTool): void {
    const { bench, desk } = this.tools;
    const question = questionFor(this.tools, tool);
    const mask = question && maskOf(this.tools, question);
    const at = placeOf(this.viewport, spot);
    if (!question || !mask || !at || lockOf(desk.session, question) !== null) return;
    bench.state.set({ question: question.pk });
    this.#outline = [at];
    const touch = (place: P3) => {
      if (tool !== "scissors") mask.touch(tool, this.viewport, place, bench.state.get().brush);
      bench.room.drawAll();
    };
    touch(at);
    let last = spot;
    this.#gesture = {
      move: (next) => {
        if (tool === "fill" || tool === "grow") return;
        for (const between of this.#between(last, next)) {
          this.#outline.push(between);
          touch(between);
        }
        last = next;
      },
      end: () => {
        if (tool === "scissors" && this.#outline.length > 2) mask.scissor(this.viewport, this.#outline, bench.state.get().brush.label);
        commitMask(this.tools, question, mask);
      },
    };
  }

  /** Places along a fast stroke, close enough that no gap is left. */
  #between(from: Spot, to: Spot): P3[] {
    const { camera } = this.viewport;
    const radius = this.tools.bench.state.get().brush.radius / (camera?.mmPerPixel ?? 1);
    const count = Math.max(1, Math.ceil(far(from, to) / Math.max(2, radius / 2)));
    return Array.from({ length: count }, (_, index) => {
      const part = (index + 1) / count;
      return placeOf(this.viewport, { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part });
    }).filter((place) => place !== undefined);
  }
}
