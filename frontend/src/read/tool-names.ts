import { annotationKinds, drawingOf, questionsOf, type Action, type AnnotationKind, type Session } from "../reading";

import { hiddenParts, type Switches } from "./switches";
import type { Tool } from "./workbench";

export interface ToolName {
  readonly tool: Tool;
  readonly label: string;
  readonly action: Action;
}

const navigation: readonly ToolName[] = [
  { tool: "window", label: "Window", action: "window" },
  { tool: "pan", label: "Pan", action: "pan" },
  { tool: "zoom", label: "Zoom", action: "zoom" },
  { tool: "scroll", label: "Scroll", action: "scroll" },
  { tool: "magnify", label: "Magnify", action: "magnify" },
];

/** What moves and brightens images, as far as the study has it. */
export function navigationTools(settings: Switches | null): ToolName[] {
  const hidden = hiddenParts(settings);
  return navigation.filter(({ action }) => !hidden.has(action));
}

const names: Readonly<Record<AnnotationKind, { label: string; action: Action }>> = {
  box: { label: "Box", action: "box" },
  distance: { label: "Length", action: "distance" },
  point: { label: "Point", action: "point" },
  polygon: { label: "Polygon", action: "polygon" },
  line: { label: "Line", action: "line" },
  angle: { label: "Angle", action: "angle" },
  "three-point angle": { label: "3-pt angle", action: "angle" },
  ellipse: { label: "Ellipse", action: "ellipse" },
};

/** What the study's questions ask to be drawn, each once. */
export function drawingTools(session: Session): ToolName[] {
  const kinds = new Set(questionsOf(session).map(({ answer_type }) => drawingOf(answer_type)?.kind));
  return annotationKinds.filter((kind) => kinds.has(kind)).map((tool) => ({ tool, ...names[tool] }));
}
