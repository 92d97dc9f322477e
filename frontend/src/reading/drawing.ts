import { pointCount, type Annotation, type AnnotationKind, type Point3 } from "./annotations";

/** The plane something is drawn on: its unit directions on the screen. */
export interface Sheet {
  readonly right: Point3;
  readonly down: Point3;
}

/** An annotation in the making. */
export interface Sketch {
  readonly kind: AnnotationKind;
  readonly points: readonly Point3[];
}

const plus = (a: Point3, b: Point3, scale = 1): Point3 => [a[0] + b[0] * scale, a[1] + b[1] * scale, a[2] + b[2] * scale];
const minus = (a: Point3, b: Point3): Point3 => plus(a, b, -1);
const dot = (a: Point3, b: Point3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const length = (a: Point3) => Math.hypot(...a);

export const startSketch = (kind: AnnotationKind, at: Point3): Sketch => ({ kind, points: [at] });

/** Put a further point; what has a fixed number of points takes no more than these. */
export function addPoint(sketch: Sketch, at: Point3): Sketch {
  const most = pointCount(sketch.kind);
  return most !== undefined && sketch.points.length >= most ? sketch : { ...sketch, points: [...sketch.points, at] };
}

export const isFinished = ({ kind, points }: Sketch): boolean => points.length === pointCount(kind);

/** Whether a sketch may be ended by the reader now: an outline needs three points, a line two. */
export function mayEnd({ kind, points }: Sketch): boolean {
  const enough = pointCount(kind) ?? (kind === "polygon" ? 3 : 2);
  return points.length >= enough;
}

/** Corners around, from two opposite ones. */
function boxOf(a: Point3, c: Point3, { right, down }: Sheet): Point3[] {
  const diagonal = minus(c, a);
  return [a, plus(a, right, dot(diagonal, right)), c, plus(a, down, dot(diagonal, down))];
}

/** Major axis, then minor axis, of the ellipse in a box. */
function ellipseOf(a: Point3, c: Point3, { right, down }: Sheet): Point3[] {
  const middle = plus(a, minus(c, a), 0.5);
  const across = dot(minus(c, a), right) / 2;
  const along = dot(minus(c, a), down) / 2;
  const horizontal = [plus(middle, right, -across), plus(middle, right, across)];
  const vertical = [plus(middle, down, -along), plus(middle, down, along)];
  return Math.abs(across) >= Math.abs(along) ? [...horizontal, ...vertical] : [...vertical, ...horizontal];
}

/** The annotation of a sketch as far as it goes; `pending` is where the pointer is. */
export function toAnnotation(sketch: Sketch, sheet: Sheet, id: string, pending?: Point3): Annotation {
  const points = pending ? [...sketch.points, pending] : [...sketch.points];
  const [a, c] = points;
  if (a && c && sketch.kind === "box") return { id, kind: "box", parts: [boxOf(a, c, sheet)] };
  if (a && c && sketch.kind === "ellipse") return { id, kind: "ellipse", parts: [ellipseOf(a, c, sheet)] };
  return { id, kind: sketch.kind, parts: [points] };
}

/** Move one point; a box stays a box and an ellipse keeps its centre and its axes at right angles. */
export function movePoint(annotation: Annotation, part: number, index: number, to: Point3): Annotation {
  const points = annotation.parts[part];
  if (!points) return annotation;
  if (annotation.kind === "box") return { ...annotation, parts: [moveCorner(points, index, to)] };
  if (annotation.kind === "ellipse") return { ...annotation, parts: [moveAxis(points, index, to)] };
  const moved = points.map((point, at) => (at === index ? to : point));
  return { ...annotation, parts: annotation.parts.map((each, at) => (at === part ? moved : each)) };
}

function moveCorner(points: readonly Point3[], index: number, to: Point3): Point3[] {
  const at = (offset: number) => points[(index + offset) % 4] ?? to;
  const opposite = at(2);
  const direction = (edge: Point3): Point3 => (length(edge) < 1e-9 ? [0, 0, 0] : plus([0, 0, 0], edge, 1 / length(edge)));
  const u = direction(minus(at(1), opposite));
  const v = direction(minus(at(3), opposite));
  const diagonal = minus(to, opposite);
  const corners = [...points];
  corners[index] = plus(plus(opposite, u, dot(diagonal, u)), v, dot(diagonal, v));
  corners[(index + 1) % 4] = plus(opposite, u, dot(diagonal, u));
  corners[(index + 3) % 4] = plus(opposite, v, dot(diagonal, v));
  return corners;
}

function moveAxis(points: readonly Point3[], index: number, to: Point3): Point3[] {
  const pair = index < 2 ? 0 : 2;
  const [start, end] = [points[pair] ?? to, points[pair + 1] ?? to];
  const middle = plus(start, minus(end, start), 0.5);
  const axis = minus(points[index] ?? to, middle);
  const along = length(axis) < 1e-9 ? 0 : dot(minus(to, middle), axis) / length(axis);
  const half = length(axis) < 1e-9 ? axis : plus([0, 0, 0], axis, Math.max(1e-3, along) / length(axis));
  const moved = [...points];
  moved[index] = plus(middle, half);
  moved[index === pair ? pair + 1 : pair] = plus(middle, half, -1);
  const isSwapped = length(minus(moved[1] ?? to, moved[0] ?? to)) < length(minus(moved[3] ?? to, moved[2] ?? to));
  return isSwapped ? [...moved.slice(2, 4), ...moved.slice(0, 2)] : moved;
}

/** Shift the whole annotation. */
export function shift(annotation: Annotation, by: Point3): Annotation {
  return { ...annotation, parts: annotation.parts.map((points) => points.map((point) => plus(point, by))) };
}

/** Fewer points on a hand-drawn outline: none is further than `tolerance` from the simpler one. */
export function simplify(points: readonly Point3[], tolerance: number): Point3[] {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || points.length < 3) return [...points];
  let worst = 0;
  let distance = 0;
  points.forEach((point, index) => {
    const away = awayFrom(point, first, last);
    if (away > distance) [worst, distance] = [index, away];
  });
  if (distance <= tolerance) return [first, last];
  return [...simplify(points.slice(0, worst + 1), tolerance).slice(0, -1), ...simplify(points.slice(worst), tolerance)];
}

function awayFrom(point: Point3, start: Point3, end: Point3): number {
  const edge = minus(end, start);
  const size = dot(edge, edge);
  const part = size === 0 ? 0 : Math.max(0, Math.min(1, dot(minus(point, start), edge) / size));
  return length(minus(point, plus(start, edge, part)));
}
