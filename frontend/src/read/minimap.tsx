import { useEffect, useMemo, useRef, useSyncExternalStore, type CSSProperties, type PointerEvent } from "react";

import { cornersOf, lookTo, toCanvas, toWorld, type Viewport } from "../imaging";

import { useReading } from "./desk-context";

/** Size of an inset in which the whole picture just fits; nothing where there is no room for one. */
function insetSize({ camera, grid, width, height }: Viewport): CSSProperties | null {
  const longest = Math.min(132, 0.3 * Math.min(width, height));
  if (!camera || !grid || longest < 60) return null;
  const [across, down] = [grid.extent(camera.right), grid.extent(camera.down)];
  const scale = longest / Math.max(across, down);
  return { width: Math.max(24, across * scale), height: Math.max(24, down * scale) };
}

/** The whole image small, and what a viewport shows of it; a press takes the viewport there. */
export function Minimap({ of, style }: { of: Viewport; style: CSSProperties }) {
  const { bench } = useReading();
  const version = useSyncExternalStore(of.subscribe, () => of.version);
  const overview = useMemo(() => bench.room.overviewOf(of), [bench, of]);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    overview.attach(canvas.current);
    const measure = () => {
      const { width = 0, height = 0 } = box.current?.getBoundingClientRect() ?? {};
      overview.resize(width, height, Math.min(2, devicePixelRatio || 1));
      overview.showWholeOf(of);
    };
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    measure();
    return () => {
      observer.disconnect();
      overview.close();
    };
  }, [overview, of]);
  useEffect(() => overview.showWholeOf(of), [overview, of, version]);
  const go = (event: PointerEvent<HTMLDivElement>) => {
    const area = event.currentTarget.getBoundingClientRect();
    if (!overview.camera || !of.camera || event.buttons !== 1) return;
    bench.room.move(of, lookTo(of.camera, toWorld(overview.camera, event.clientX - area.left, event.clientY - area.top, overview.width, overview.height)));
  };
  const { camera } = overview;
  const outline = camera && of.camera ? cornersOf(of.camera, of.width, of.height).map((corner) => toCanvas(camera, corner, overview.width, overview.height).join(",")) : [];
  return (
    <div
      ref={box}
      className="viewport minimap"
      data-minimap={of.id}
      style={style}
      role="img"
      aria-label="The whole image, and the part that is shown"
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
      onDoubleClick={(event) => event.stopPropagation()}
    >
      <canvas ref={canvas} />
      <svg aria-hidden="true">
        <polygon points={outline.join(" ")} fill="none" stroke="#4da3ff" strokeWidth={1.5} />
      </svg>
    </div>
  );
}

/** A minimap in the corner of a viewport that shows but a part of its image. */
export function MinimapInset({ of }: { of: Viewport }) {
  const { bench } = useReading();
  const isZoomed = useSyncExternalStore(of.subscribe, () => of.isZoomed);
  const hasOwn = bench.hung.some(({ view, parent }) => view === "minimap" && parent === of.id);
  const size = isZoomed && !hasOwn && insetSize(of);
  return size ? <Minimap of={of} style={{ right: 8, bottom: 34, ...size }} /> : null;
}
