import { useEffect, useSyncExternalStore } from "react";

import { goToSlice, type Viewport } from "../imaging";
import { changeCine, nextFrame, startCine, type Cine } from "../reading";

import { annotatedSlices } from "./derived";
import { useReading } from "./desk-context";
import { endTyping } from "./end-typing";
import type { Workbench } from "./workbench";

const timesOf = (viewport: Viewport) => viewport.image.index?.header.time_points ?? 1;

/** What is played: points in time where there are several, else slices. */
const framesOf = (viewport: Viewport) => (timesOf(viewport) > 1 ? timesOf(viewport) : viewport.slice.count);
const frameOf = (viewport: Viewport) => (timesOf(viewport) > 1 ? viewport.look.time : viewport.slice.index);

export function setCine(bench: Workbench, viewport: Viewport, change: (cine: Cine) => Partial<Cine>): void {
  const { cines } = bench.state.get();
  const frames = framesOf(viewport);
  if (!viewport.grid || frames < 2) return;
  const cine = cines[viewport.id] ?? startCine(frames, viewport.image.index?.header.frame_seconds ?? null);
  bench.state.set({ cines: { ...cines, [viewport.id]: changeCine(cine, change(cine), frames) } });
}

/** Play, pace and range of a cine or a stack. */
export function CineBar({ viewport }: { viewport: Viewport }) {
  const { desk, bench, kept, config, state } = useReading();
  useSyncExternalStore(viewport.subscribe, () => viewport.version);
  const cine = state.cines[viewport.id];
  const isPlaying = cine?.isPlaying === true;
  useEffect(() => {
    if (!cine || !isPlaying) return;
    const tools = { desk, bench, kept, config };
    const timer = setInterval(() => {
      const { camera, grid } = viewport;
      if (!camera || !grid) return;
      const isTime = timesOf(viewport) > 1;
      const slices = isTime ? null : annotatedSlices(tools, viewport);
      const next = nextFrame(cine, frameOf(viewport), slices && slices.length > 0 ? slices : null);
      if (isTime) viewport.setLook({ time: next });
      else viewport.setCamera(goToSlice(camera, grid, next));
    }, 1000 / cine.framesPerSecond);
    return () => clearInterval(timer);
  }, [desk, bench, kept, config, viewport, cine, isPlaying]);
  if (!cine) return null;
  const frames = framesOf(viewport);
  const set = (change: Partial<Cine>) => setCine(bench, viewport, () => change);
  const number = (label: string, value: number, most: number, put: (value: number) => void) => (
    <label>
      {label} <input type="number" min={1} max={most} value={value} onKeyDown={endTyping} onChange={({ target }) => target.value && put(target.valueAsNumber)} />
    </label>
  );
  return (
    <div className="derived cine" role="group" aria-label="Play" onPointerDown={(event) => event.stopPropagation()} onDoubleClick={(event) => event.stopPropagation()}>
      <button type="button" className="tool" aria-pressed={isPlaying} aria-label={isPlaying ? "Pause" : "Play"} onClick={() => set({ isPlaying: !isPlaying })}>{isPlaying ? "❚❚" : "▶"}</button>
      {number("frames a second", cine.framesPerSecond, 60, (framesPerSecond) => set({ framesPerSecond }))}
      {number("from", cine.first + 1, frames, (first) => set({ first: first - 1 }))}
      {number("to", cine.last + 1, frames, (last) => set({ last: last - 1 }))}
      <button
        type="button"
        className="tool"
        aria-label="Close play"
        onClick={() => bench.state.set({ cines: Object.fromEntries(Object.entries(state.cines).filter(([id]) => id !== viewport.id)) })}
      >
        ✕
      </button>
    </div>
  );
}
