import { useEffect, useRef, type RefObject } from "react";

import type { Viewport } from "../imaging";

import type { Spot } from "./gestures";

const size = 220;
const factor = 2.5;

/** A round glass under the pointer that shows the picture larger. */
export function Magnifier({ viewport, spot, source }: { viewport: Viewport; spot: Spot; source: RefObject<HTMLCanvasElement | null> }) {
  const glass = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = glass.current?.getContext("2d");
    if (!context || !source.current) return;
    const span = (size / factor) * viewport.ratio;
    context.fillStyle = "#000";
    context.fillRect(0, 0, size, size);
    context.drawImage(source.current, spot.x * viewport.ratio - span / 2, spot.y * viewport.ratio - span / 2, span, span, 0, 0, size, size);
  }, [viewport, spot, source]);
  return (
    <div className="magnifier" style={{ left: spot.x - size / 2, top: spot.y - size / 2 }}>
      <canvas ref={glass} width={size} height={size} />
    </div>
  );
}
