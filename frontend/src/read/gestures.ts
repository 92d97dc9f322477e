import { goToSlice, pan, slicePosition, toWorld, zoomAt, type P3, type Viewport, type ViewingRoom } from "../imaging";

export interface Spot {
  x: number;
  y: number;
}

/** What a drag does until it ends. */
export interface Gesture {
  move(spot: Spot): void;
  end?(spot: Spot): void;
}

export const placeOf = (viewport: Viewport, { x, y }: Spot): P3 | undefined =>
  viewport.camera && toWorld(viewport.camera, x, y, viewport.width, viewport.height);

/** Dragging to the right widens the window, dragging up raises it. */
function dragWindow(room: ViewingRoom, viewport: Viewport, start: Spot): Gesture {
  const { center, width } = viewport.look.window;
  const { minimum, maximum, header } = viewport.image.index ?? {};
  const [slope] = header?.scales[0] ?? [1];
  const range = Math.abs(((maximum ?? 1) - (minimum ?? 0)) * slope);
  const gain = Math.max(Math.min(range / 1000, width / 150), 1e-6);
  return {
    move: ({ x, y }) => room.show(viewport, { window: { center: center + (y - start.y) * gain, width: Math.max(gain, width + (x - start.x) * gain) } }),
  };
}

function dragPan(room: ViewingRoom, viewport: Viewport, start: Spot): Gesture {
  let last = start;
  return {
    move: (spot) => {
      if (viewport.camera) room.move(viewport, pan(viewport.camera, spot.x - last.x, spot.y - last.y));
      last = spot;
    },
  };
}

function dragZoom(room: ViewingRoom, viewport: Viewport, start: Spot): Gesture {
  const around = placeOf(viewport, start);
  let last = start;
  return {
    move: (spot) => {
      if (viewport.camera && around) room.move(viewport, zoomAt(viewport.camera, Math.exp((last.y - spot.y) / 150), around));
      last = spot;
    },
  };
}

function dragScroll(room: ViewingRoom, viewport: Viewport, start: Spot): Gesture {
  const from = viewport.slice;
  const perSlice = Math.max(2, Math.min(24, viewport.height / from.count));
  return { move: ({ y }) => scrollTo(room, viewport, from.index + Math.round((y - start.y) / perSlice)) };
}

export function scrollTo(room: ViewingRoom, viewport: Viewport, index: number): void {
  if (!viewport.camera || !viewport.grid) return;
  if (slicePosition(viewport.camera, viewport.grid).index === index) return;
  room.move(viewport, goToSlice(viewport.camera, viewport.grid, index));
}

/** Move through the slices, or through time where there is but one slice. */
export function scrollBy(room: ViewingRoom, viewport: Viewport, steps: number): void {
  const times = viewport.image.index?.header.time_points ?? 1;
  if (viewport.slice.count === 1 && times > 1) {
    viewport.setLook({ time: (((viewport.look.time + steps) % times) + times) % times });
    return;
  }
  scrollTo(room, viewport, viewport.slice.index + steps);
}

export function zoomBy(room: ViewingRoom, viewport: Viewport, factor: number, spot: Spot): void {
  const around = placeOf(viewport, spot);
  if (viewport.camera && around) room.move(viewport, zoomAt(viewport.camera, factor, around));
}

/** The gesture of a navigation tool. */
export function startGesture(tool: "window" | "pan" | "zoom" | "scroll", room: ViewingRoom, viewport: Viewport, start: Spot): Gesture {
  return { window: dragWindow, pan: dragPan, zoom: dragZoom, scroll: dragScroll }[tool](room, viewport, start);
}

/** Two fingers: pinch to zoom, drag to pan. */
export function pinch(room: ViewingRoom, viewport: Viewport, before: readonly [Spot, Spot], after: readonly [Spot, Spot]): void {
  const span = ([a, b]: readonly [Spot, Spot]) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
  const middle = ([a, b]: readonly [Spot, Spot]): Spot => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const [from, to] = [middle(before), middle(after)];
  if (viewport.camera) room.move(viewport, pan(viewport.camera, to.x - from.x, to.y - from.y));
  zoomBy(room, viewport, span(after) / span(before), to);
}
