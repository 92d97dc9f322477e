import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import embed, { type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

import type { Json } from "../contract";

/** A Vega-Lite chart; its expressions are interpreted, never evaluated as code, and it loads nothing from elsewhere. */
export default function Chart({ specification }: { specification: Json }) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("dark");
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const target = place.current;
    if (!target) return;
    const isWide = typeof specification === "object" && specification !== null && "width" in specification;
    const config = { background: "transparent", ...(isWide ? {} : { autosize: { type: "fit" as const, contains: "padding" as const } }) };
    const theme = scheme === "dark" ? { theme: "dark" as const } : {};
    const options = { ast: true, expr: expressionInterpreter, actions: false, config, ...theme, loader: { http: { credentials: "same-origin" as const } } };
    const whole = isWide ? specification : { ...(specification as object), width: "container" };
    const drawing = embed(target, whole as unknown as VisualizationSpec, options);
    drawing.catch((problem: unknown) => setFailure(String(problem)));
    return () => {
      drawing.then(({ finalize }) => finalize()).catch(() => undefined);
    };
  }, [specification, scheme]);
  return failure ? <p>The chart cannot be drawn: {failure}</p> : <div ref={place} style={{ width: "100%" }} />;
}
