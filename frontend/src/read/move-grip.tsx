import { useRef, type KeyboardEvent, type PointerEvent } from "react";

import { boundShift, shifted, type Hung, type Shift } from "../hanging";

import { useReading } from "./desk-context";

const still: Shift = { x: 0, y: 0 };
const steps: Readonly<Record<string, Shift>> = { ArrowLeft: { x: -0.02, y: 0 }, ArrowRight: { x: 0.02, y: 0 }, ArrowUp: { x: 0, y: -0.02 }, ArrowDown: { x: 0, y: 0.02 } };

/** A viewport's place after a hand moved it. */
export function usePlace(hung: Hung): Hung["place"] {
  const { state, bench } = useReading();
  const shift = state.shifts[hung.name];
  return hung.isDraggable && shift ? shifted(hung.place, boundShift(hung, bench.hung, shift)) : hung.place;
}

/** Moves a viewport: drag it, or use the arrow keys; a double click puts it back. */
export function MoveGrip({ hung }: { hung: Hung }) {
  const { bench, state } = useReading();
  const place = usePlace(hung);
  const begun = useRef<{ x: number; y: number; shift: Shift } | null>(null);
  const put = (shift: Shift) => bench.state.set({ shifts: { ...bench.state.get().shifts, [hung.name]: boundShift(hung, bench.hung, shift) } });
  const current = boundShift(hung, bench.hung, state.shifts[hung.name] ?? still);
  const drag = (event: PointerEvent) => {
    const area = event.currentTarget.parentElement?.getBoundingClientRect();
    const { x, y, shift } = begun.current ?? {};
    if (!area || x === undefined || y === undefined || !shift) return;
    put({ x: shift.x + (event.clientX - x) / area.width, y: shift.y + (event.clientY - y) / area.height });
  };
  const press = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    put({ x: current.x + step.x, y: current.y + step.y });
  };
  return (
    <button
      type="button"
      className="move-grip"
      aria-label={`Move ${hung.labels[0] ?? hung.name}: drag, or arrow keys`}
      title="Drag to move; double click puts it back"
      style={{ left: `${String((place.x + place.w / 2) * 100)}%`, top: `${String(place.y * 100)}%` }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        begun.current = { x: event.clientX, y: event.clientY, shift: current };
      }}
      onPointerMove={drag}
      onPointerUp={() => (begun.current = null)}
      onPointerCancel={() => (begun.current = null)}
      onDoubleClick={() => put(still)}
      onKeyDown={press}
    />
  );
}
