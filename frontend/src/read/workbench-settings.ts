import type { KeyMap } from "../reading";

const kept = "readroom-settings";

/** What a person has set; kept by this browser. */
export interface Settings {
  keys?: KeyMap;
  panelSide?: "left" | "right";
  panelWidth?: number;
  /** Draw with WebGL even where the browser only imitates a graphics card. */
  graphics?: "always";
}

export function readSettings(): Settings {
  try {
    return JSON.parse(localStorage.getItem(kept) ?? "{}") as Settings;
  } catch {
    return {};
  }
}

export function keepSettings(change: Settings): void {
  localStorage.setItem(kept, JSON.stringify({ ...readSettings(), ...change }));
}
