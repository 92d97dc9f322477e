import { useEffect, useRef, useState } from "react";
import embed, { type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

import type { Json } from "../contract";

/** A Vega-Lite chart; its expressions are interpreted, never evaluated as code, and it loads nothing from elsewhere. */
export default function Chart({ specification }: { specification: Json }) {
  const place = useRef<HTMLDivElement>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const target = place.current;
    if (!target) return;
    const options = { ast: true, expr: expressionInterpreter, actions: false, theme: "dark" as const, loader: { http: { credentials: "same-origin" as const } } };
    const drawing = embed(target, specification as unknown as VisualizationSpec, options);
    drawing.catch((problem: unknown) => setFailure(String(problem)));
    return () => {
      drawing.then(({ finalize }) => finalize()).catch(() => undefined);
    };
  }, [specification]);
  return failure ? <p>The chart cannot be drawn: {failure}</p> : <div ref={place} style={{ width: "100%" }} />;
}
