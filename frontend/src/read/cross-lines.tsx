import { useSyncExternalStore } from "react";

import type { Hung } from "../hanging";
import { cross, dot, normalOf, norm, shareSpace, subtract, toCanvas, unit, type Viewport } from "../imaging";

import { useReading } from "./desk-context";

/** Where another viewport's plane cuts this one, in canvas coordinates. */
export function cutLine(viewport: Viewport, other: Viewport): readonly [readonly [number, number], readonly [number, number]] | undefined {
  const [mine, theirs] = [viewport.camera, other.camera];
  if (!mine || !theirs || !shareSpace(viewport, other)) return undefined;
  const [a, b] = [normalOf(mine), normalOf(theirs)];
  const along = cross(a, b);
  if (norm(along) < 0.2) return undefined;
  const inPlane = unit(cross(along, a));
  const away = dot(subtract(theirs.center, mine.center), b) / (dot(inPlane, b) || 1e-9);
  const onLine = mine.center.map((at, axis) => at + (inPlane[axis] ?? 0) * away) as [number, number, number];
  const reach = (viewport.width + viewport.height) * mine.mmPerPixel;
  const direction = unit(along);
  const end = (sign: number) => toCanvas(mine, onLine.map((at, axis) => at + (direction[axis] ?? 0) * reach * sign) as [number, number, number], viewport.width, viewport.height);
  return [end(-1), end(1)];
}

/** Draw again when one of these moves. */
function useViews(viewports: readonly Viewport[]): void {
  const subscribe = (listener: () => void) => {
    const releases = viewports.map((each) => each.subscribe(listener));
    return () => releases.forEach((release) => release());
  };
  useSyncExternalStore(subscribe, () => viewports.reduce((sum, { version }) => sum + version, 0));
}

/** Lines that show where the other viewports' slices are. */
export function CrossLines({ viewport }: { viewport: Viewport }) {
  const { bench } = useReading();
  const others = [...bench.room.viewports.values()].filter((each) => each !== viewport);
  useViews([viewport, ...others]);
  return (
    <svg aria-hidden="true">
      {others.map((other) => {
        const line = cutLine(viewport, other);
        if (!line) return null;
        const [[x1, y1], [x2, y2]] = line;
        return <line key={other.id} x1={x1} y1={y1} x2={x2} y2={y2} stroke={other.id === bench.state.get().viewport ? "#4da3ff" : "#8b919c"} strokeDasharray="5 4" />;
      })}
    </svg>
  );
}

/** Where the plane of one other viewport is, as the protocol wants it; the line fades some time after that viewport moved. */
export function PlaneIndicator({ viewport, hung }: { viewport: Viewport; hung: Hung }) {
  const { bench } = useReading();
  const other = bench.room.viewports.get(hung.indicatorOf ?? "");
  useViews(other ? [viewport, other] : [viewport]);
  const line = other && cutLine(viewport, other);
  if (!line) return null;
  const [[x1, y1], [x2, y2]] = line;
  const fade = hung.indicatorFadeMs === null ? {} : { animation: `fade ${String(hung.indicatorFadeMs)}ms ease-in forwards` };
  return (
    <svg aria-hidden="true">
      <line key={other.slice.index} data-indicator={other.id} x1={x1} y1={y1} x2={x2} y2={y2} stroke="#f0e442" style={fade} />
    </svg>
  );
}
