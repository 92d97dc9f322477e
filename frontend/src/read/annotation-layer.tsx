import { useSyncExternalStore } from "react";

import { slicesAway, toCanvas, type Viewport } from "../imaging";
import { measure, type Annotation, type Point3 } from "../reading";

export interface Drawn {
  readonly question: string;
  readonly color: string;
  readonly isLocked: boolean;
  /** Only shown: a proposal that was rejected. */
  readonly isGhost?: boolean;
  readonly annotation: Annotation;
}

interface Props {
  viewport: Viewport;
  drawn: readonly Drawn[];
  pending: { annotation: Annotation; color: string } | null;
  selected: { question: string; id: string } | null;
  isCalibrated: boolean;
  /** Outlines can be taken hold of; not while something else is drawn or painted over them. */
  isGripping: boolean;
  onGrip(drawn: Drawn, part: number, index: number | null, event: React.PointerEvent): void;
}

type Flat = readonly [number, number];

/** A measure in words: millimetres only where the size of a pixel is known. */
export function measureWords(annotation: Annotation, isCalibrated: boolean): string {
  const found = measure(annotation);
  if (!found) return annotation.name ?? "";
  const unit = isCalibrated || found.unit === "°" ? found.unit : found.unit.replace("mm", "px");
  const digits = found.value >= 100 ? 0 : 1;
  return `${annotation.name ? `${annotation.name} ` : ""}${found.value.toFixed(digits)} ${unit}`;
}

const joined = (points: readonly Flat[]) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");

function Outline({ annotation, flat, color, width }: { annotation: Annotation; flat: readonly (readonly Flat[])[]; color: string; width: number }) {
  const points = flat[0] ?? [];
  const stroke = { stroke: color, strokeWidth: width, fill: "none", strokeLinejoin: "round" as const, strokeLinecap: "round" as const };
  switch (annotation.kind) {
    case "box":
    case "polygon":
      return <polygon points={joined(points)} {...stroke} />;
    case "ellipse": {
      const [a, b, c, d] = points;
      if (!a || !b || !c || !d) return null;
      const angle = (Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;
      const [x, y] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      const half = (p: Flat, q: Flat) => Math.hypot(q[0] - p[0], q[1] - p[1]) / 2;
      return <ellipse cx={x} cy={y} rx={half(a, b)} ry={half(c, d)} transform={`rotate(${String(angle)} ${String(x)} ${String(y)})`} {...stroke} />;
    }
    case "angle":
      return (
        <>
          <polyline points={joined(points.slice(0, 2))} {...stroke} />
          <polyline points={joined(points.slice(2, 4))} {...stroke} />
        </>
      );
    case "point": {
      const [x, y] = points[0] ?? [0, 0];
      return <path d={`M${String(x - 8)} ${String(y)}h5m6 0h5M${String(x)} ${String(y - 8)}v5m0 6v5`} {...stroke} />;
    }
    default:
      return (
        <>
          {flat.map((part, index) => (
            <polyline key={index} points={joined(part)} {...stroke} />
          ))}
        </>
      );
  }
}

/** Whether a drawing lies on the plane that is shown. */
export function isOnPlane(viewport: Viewport, annotation: Annotation): boolean {
  const { camera } = viewport;
  return camera !== undefined && annotation.parts.flat().every((point) => slicesAway(camera, point) < 0.6);
}

/** Annotations over a viewport, as vectors: what is drawn stays sharp at every zoom and is the same on slides. */
export function AnnotationLayer({ viewport, drawn, pending, selected, isCalibrated, isGripping, onGrip }: Props) {
  useSyncExternalStore(viewport.subscribe, () => viewport.version);
  const { camera, width, height } = viewport;
  if (!camera) return null;
  const project = (parts: readonly (readonly Point3[])[]) => parts.map((points) => points.map((point) => toCanvas(camera, point, width, height)));
  const visible = drawn.filter(({ annotation }) => isOnPlane(viewport, annotation));
  return (
    <svg aria-hidden="true" viewBox={`0 0 ${String(width)} ${String(height)}`}>
      {visible.map((each) => {
        const flat = project(each.annotation.parts);
        const isSelected = selected?.question === each.question && selected.id === each.annotation.id;
        const [x, y] = flat[0]?.[flat[0].length > 1 ? 1 : 0] ?? [0, 0];
        return (
          <g key={`${each.question}/${each.annotation.id}`} data-annotation={each.annotation.id} className={each.isGhost ? "ghost" : undefined}>
            <Outline annotation={each.annotation} flat={flat} color="#000" width={isSelected ? 5 : 4} />
            <Outline annotation={each.annotation} flat={flat} color={each.color} width={isSelected ? 2.5 : 1.7} />
            {!each.isLocked && isGripping && (
              <g className="grip" style={{ opacity: 0 }} onPointerDown={(event) => onGrip(each, 0, null, event)}>
                <Outline annotation={each.annotation} flat={flat} color="#fff" width={12} />
              </g>
            )}
            {(isSelected || (isGripping && each.annotation.kind === "point")) &&
              !each.isLocked &&
              !pending &&
              flat.map((part, partIndex) =>
                part.map(([px, py], index) => (
                  <circle key={`${String(partIndex)}-${String(index)}`} className="grip" cx={px} cy={py} r={each.annotation.kind === "point" ? 7 : 4.5} fill={isSelected ? "#0e0f12" : "transparent"} stroke={isSelected ? each.color : "none"} strokeWidth={1.5} onPointerDown={(event) => onGrip(each, partIndex, index, event)} />
                )),
              )}
            <text x={x + 10} y={y + 4} fill={each.color} fontSize={12} style={{ paintOrder: "stroke", stroke: "#000", strokeWidth: 3 }}>
              {measureWords(each.annotation, isCalibrated)}
            </text>
          </g>
        );
      })}
      {pending && (
        <g data-pending="true">
          <Outline annotation={pending.annotation} flat={project(pending.annotation.parts)} color={pending.color} width={2} />
          {project(pending.annotation.parts).flat().map(([x, y], index) => (
            <circle key={index} cx={x} cy={y} r={3} fill={pending.color} />
          ))}
        </g>
      )}
    </svg>
  );
}
