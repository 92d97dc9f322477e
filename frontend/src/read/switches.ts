import type { WorkstationConfig } from "../contract";
import type { Action } from "../reading";

import type { Tool } from "./workbench";

/** What can be taken from the reading screen: an action with its key, and what is chosen from or read. */
export type Part = Action | "presets" | "planes" | "slabs" | "overlays" | "case text";

/** What each switch of a study's viewer settings takes away where it is off. */
export const switches = {
  show_window_level_tool: ["window", "presets"],
  show_display_plugin: ["presets", "planes", "slabs"],
  show_invert_tool: ["invert"],
  show_flip_tool: ["flip-horizontal", "flip-vertical"],
  show_reset_tool: ["reset"],
  show_overlay_plugin: ["overlays"],
  show_image_info_plugin: ["case text"],
} as const satisfies Partial<Record<keyof WorkstationConfig, readonly Part[]>>;

export type Switch = keyof typeof switches;
export type Switches = Readonly<Record<Switch, boolean>>;

/** What readers of the study do without. */
export function hiddenParts(settings: Switches | null): ReadonlySet<Part> {
  const names = Object.keys(switches) as Switch[];
  return new Set(names.flatMap((name): readonly Part[] => (settings?.[name] === false ? switches[name] : [])));
}

/** The tool in hand while no other one was taken. */
export const restingTool = (settings: Switches | null): Tool => (hiddenParts(settings).has("window") ? "scroll" : "window");
