import type { AnswerType, Json } from "../contract";

/** A place in the patient: x, y, z in millimetres, LPS. */
export type Point3 = readonly [number, number, number];

export const annotationKinds = ["box", "distance", "point", "polygon", "line", "angle", "three-point angle", "ellipse"] as const;
export type AnnotationKind = (typeof annotationKinds)[number];

/**
 * One drawn thing. `parts` are its points: one list, except for lines, which may have several.
 * Order: box corners around; distance start, end; angle a1 a2 b1 b2; ellipse major axis, then minor axis.
 */
export interface Annotation {
  id: string;
  kind: AnnotationKind;
  parts: Point3[][];
  name?: string;
  probability?: number;
}

interface Shape {
  kind: AnnotationKind;
  single: AnswerType;
  multiple: AnswerType;
  list: string;
}

const shapes: Shape[] = [
  { kind: "box", single: "2D bounding box", multiple: "Multiple 2D bounding boxes", list: "boxes" },
  { kind: "distance", single: "Distance measurement", multiple: "Multiple distance measurements", list: "lines" },
  { kind: "point", single: "Point", multiple: "Multiple points", list: "points" },
  { kind: "polygon", single: "Polygon", multiple: "Multiple polygons", list: "polygons" },
  { kind: "line", single: "Line", multiple: "Multiple lines", list: "lines" },
  { kind: "angle", single: "Angle", multiple: "Multiple angles", list: "angles" },
  { kind: "three-point angle", single: "Three-point angle", multiple: "Multiple three-point angles", list: "angles" },
  { kind: "ellipse", single: "Ellipse", multiple: "Multiple ellipses", list: "ellipses" },
];

/** What is drawn for an answer type, and whether there may be several; nothing for types without annotations. */
export function drawingOf(type: AnswerType): { kind: AnnotationKind; isMultiple: boolean } | undefined {
  const shape = shapes.find((each) => each.single === type || each.multiple === type);
  return shape && { kind: shape.kind, isMultiple: shape.multiple === type };
}

/** Points that complete an annotation; undefined where the reader decides. */
export function pointCount(kind: AnnotationKind): number | undefined {
  return { box: 2, distance: 2, point: 1, polygon: undefined, line: undefined, angle: 4, "three-point angle": 3, ellipse: 2 }[kind];
}

type Fields = Record<string, Json>;
const version = { major: 1, minor: 0 };
const copy = (points: readonly Point3[]): Json => points.map((point) => [...point]);

function fieldsOf({ kind, parts }: Annotation): Fields {
  const points = parts[0] ?? [];
  const at = (index: number): Json => [...(points[index] ?? [0, 0, 0])];
  switch (kind) {
    case "box":
      return { corners: copy(points) };
    case "distance":
      return { start: at(0), end: at(1) };
    case "point":
      return { point: at(0) };
    case "polygon":
      return { seed_point: at(0), path_points: copy(points), sub_type: "brush", groups: [] };
    case "line":
      return { seed_points: parts.map((part) => [...(part[0] ?? [0, 0, 0])]), path_point_lists: parts.map(copy) };
    case "angle":
      return { lines: [copy(points.slice(0, 2)), copy(points.slice(2, 4))] };
    case "three-point angle":
      return { angle: copy(points) };
    case "ellipse":
      return { major_axis: copy(points.slice(0, 2)), minor_axis: copy(points.slice(2, 4)) };
  }
}

function wireItem(annotation: Annotation): Fields {
  return {
    ...fieldsOf(annotation),
    ...(annotation.name ? { name: annotation.name } : {}),
    ...(annotation.probability === undefined ? {} : { probability: annotation.probability }),
  };
}

/** The wire's JSON for what was drawn; null when nothing is. */
export function annotationsToWire(type: AnswerType, annotations: readonly Annotation[]): Json {
  const shape = shapes.find((each) => each.single === type || each.multiple === type);
  if (!shape || annotations.length === 0) return null;
  if (type === shape.multiple) return { type, [shape.list]: annotations.map(wireItem), version };
  const first = annotations[0];
  return first ? { type, ...wireItem(first), version } : null;
}

function isPoint(value: Json | undefined): value is [number, number, number] {
  return Array.isArray(value) && value.length === 3 && value.every((each) => typeof each === "number");
}

function pointsOf(value: Json | undefined): Point3[] {
  return Array.isArray(value) ? value.filter(isPoint) : [];
}

function partsOf(kind: AnnotationKind, item: Fields): Point3[][] {
  const lists = (value: Json | undefined) => (Array.isArray(value) ? value.map(pointsOf) : []);
  switch (kind) {
    case "box":
      return [pointsOf(item["corners"])];
    case "distance":
      return [pointsOf([item["start"] ?? null, item["end"] ?? null])];
    case "point":
      return [pointsOf([item["point"] ?? null])];
    case "polygon":
      return [pointsOf(item["path_points"])];
    case "line":
      return lists(item["path_point_lists"]);
    case "angle":
      return [lists(item["lines"]).flat()];
    case "three-point angle":
      return [pointsOf(item["angle"])];
    case "ellipse":
      return [[...pointsOf(item["major_axis"]), ...pointsOf(item["minor_axis"])]];
  }
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What was drawn, from the wire's JSON; ids are stable for the same JSON. */
export function annotationsFromWire(type: AnswerType, value: Json): Annotation[] {
  const shape = shapes.find((each) => each.single === type || each.multiple === type);
  if (!shape || !isFields(value)) return [];
  const list = value[shape.list];
  const items = type === shape.multiple ? (Array.isArray(list) ? list.filter(isFields) : []) : [value];
  return items.map((item, index) => ({
    id: `${shape.kind}-${String(index + 1)}`,
    kind: shape.kind,
    parts: partsOf(shape.kind, item),
    ...(typeof item["name"] === "string" ? { name: item["name"] } : {}),
    ...(typeof item["probability"] === "number" ? { probability: item["probability"] } : {}),
  }));
}

const distance = (a: Point3, b: Point3) => Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);

function turn(a: Point3, b: Point3, c: Point3, d: Point3): number {
  const u = [b[0] - a[0], b[1] - a[1], b[2] - a[2]] as const;
  const v = [d[0] - c[0], d[1] - c[1], d[2] - c[2]] as const;
  const dot = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  const lengths = Math.hypot(...u) * Math.hypot(...v);
  return lengths === 0 ? 0 : (Math.acos(Math.max(-1, Math.min(1, dot / lengths))) * 180) / Math.PI;
}

/** The number that belongs to an annotation: a length, an angle, an area; nothing for points. */
export function measure(annotation: Annotation): { value: number; unit: "mm" | "mm²" | "°" } | undefined {
  const points = annotation.parts[0] ?? [];
  const [a, b, c, d] = points;
  if (!a || !b) return undefined;
  switch (annotation.kind) {
    case "point":
      return undefined;
    case "distance":
      return { value: distance(a, b), unit: "mm" };
    case "line":
      return { value: points.slice(1).reduce((sum, point, index) => sum + distance(points[index] ?? a, point), 0), unit: "mm" };
    case "angle":
      return c && d && { value: turn(a, b, c, d), unit: "°" };
    case "three-point angle":
      return c && { value: turn(b, a, b, c), unit: "°" };
    case "ellipse":
      return c && d && { value: (Math.PI * distance(a, b) * distance(c, d)) / 4, unit: "mm²" };
    case "box":
    case "polygon":
      return { value: area(points), unit: "mm²" };
  }
}

function area(points: readonly Point3[]): number {
  const origin = points[0];
  if (!origin) return 0;
  const sum = [0, 0, 0];
  for (let index = 1; index + 1 < points.length; index += 1) {
    const p = points[index];
    const q = points[index + 1];
    if (!p || !q) continue;
    const u = [p[0] - origin[0], p[1] - origin[1], p[2] - origin[2]] as const;
    const v = [q[0] - origin[0], q[1] - origin[1], q[2] - origin[2]] as const;
    sum[0] = (sum[0] ?? 0) + u[1] * v[2] - u[2] * v[1];
    sum[1] = (sum[1] ?? 0) + u[2] * v[0] - u[0] * v[2];
    sum[2] = (sum[2] ?? 0) + u[0] * v[1] - u[1] * v[0];
  }
  return Math.hypot(...sum) / 2;
}
