import { useEffect, useState, useSyncExternalStore, type CSSProperties } from "react";

import { type P3, type Viewport } from "../imaging";

import { placeOf } from "./gestures";

const [width, height, margin] = [300, 160, 34];
const words = (value: number) => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

/** Values over time at a place of an image. */
export function valuesOverTime(viewport: Viewport, place: P3): number[] {
  const { grid, image } = viewport;
  if (!grid) return [];
  const [i, j, k] = grid.toIndex(place).map(Math.round);
  const times = image.index?.header.time_points ?? 1;
  return Array.from({ length: times }, (_, time) => image.valueAt(i ?? 0, j ?? 0, k ?? 0, time)?.values[0]).filter((value) => value !== undefined);
}

/** A curve of the values over time where the pointer last was in another viewport; a press on it goes to that time. */
export function TimeCurve({ of, style }: { of: Viewport; style: CSSProperties }) {
  useSyncExternalStore(of.subscribe, () => of.version);
  const [place, setPlace] = useState<P3 | null>(null);
  useEffect(() => {
    const pane = document.querySelector(`[data-viewport="${of.id}"]`);
    const note = (event: Event) => {
      if (!(event instanceof PointerEvent) || !pane) return;
      const area = pane.getBoundingClientRect();
      setPlace(placeOf(of, { x: event.clientX - area.left, y: event.clientY - area.top }) ?? null);
    };
    pane?.addEventListener("pointermove", note);
    return () => pane?.removeEventListener("pointermove", note);
  }, [of]);
  const values = valuesOverTime(of, place ?? of.camera?.center ?? [0, 0, 0]);
  if (values.length < 2) return <div className="content" style={style}>{of.image.progress === "waiting" ? "" : "This image has one moment only, or nothing is under the pointer."}</div>;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (time: number) => margin + (time / (values.length - 1)) * (width - margin - 8);
  const y = (value: number) => height - 22 - ((value - low) / (high - low || 1)) * (height - 32);
  const { time } = of.look;
  return (
    <div className="content" style={style} data-curve={of.id}>
      <svg viewBox={`0 0 ${String(width)} ${String(height)}`} width="100%" height="100%" role="img" aria-label={`Values over ${String(values.length)} moments, ${words(low)} to ${words(high)} ${of.image.scale(0)[2]}`} fontSize={10} fill="currentColor">
        <text x={margin - 4} y={y(high) + 4} textAnchor="end">{words(high)}</text>
        <text x={margin - 4} y={y(low)} textAnchor="end">{words(low)}</text>
        <text x={margin} y={height - 6}>1</text>
        <text x={width - 8} y={height - 6} textAnchor="end">{values.length}</text>
        <polyline points={values.map((value, at) => `${String(x(at))},${String(y(value))}`).join(" ")} fill="none" stroke="var(--accent)" strokeWidth={1.5} />
        <line x1={x(time)} x2={x(time)} y1={8} y2={height - 20} stroke="currentColor" strokeDasharray="3 3" />
        {values.map((value, at) => (
          <circle key={at} cx={x(at)} cy={y(value)} r={at === time ? 4 : 2.5} fill="var(--accent)" style={{ cursor: "pointer" }} onClick={() => of.setLook({ time: at })} />
        ))}
      </svg>
    </div>
  );
}
