/** What a key can do; a person may bind other keys, which follow the person. */
export const actions = {
  "next-slice": "Next slice",
  "previous-slice": "Previous slice",
  "jump-forward": "Ten slices on",
  "jump-back": "Ten slices back",
  play: "Play, or next layout",
  window: "Window",
  pan: "Pan",
  zoom: "Zoom",
  scroll: "Scroll",
  probe: "Probe",
  magnify: "Magnifier",
  distance: "Length",
  box: "Box",
  polygon: "Polygon",
  line: "Line",
  point: "Point",
  ellipse: "Ellipse",
  angle: "Angle",
  brush: "Mask brush",
  threshold: "Threshold",
  eraser: "Eraser",
  fill: "Fill",
  scissors: "Scissors",
  undo: "Undo",
  redo: "Redo",
  delete: "Delete the selected annotation",
  "next-question": "Next question",
  "previous-question": "Previous question",
  "save-and-next": "Save and next case",
  "previous-case": "Previous case",
  "next-case": "Next case, without saving",
  "full-viewport": "One viewport full, and back",
  "hide-annotations": "Hide or show annotations",
  "hide-text": "Hide or show corner text",
  reset: "Reset the view",
  invert: "Invert",
  "flip-horizontal": "Flip left and right",
  "flip-vertical": "Flip up and down",
  rotate: "Rotate by 90°",
  fit: "Fit",
  "actual-size": "One to one",
  crosslines: "Cross-reference lines",
  help: "All keys",
  cancel: "Cancel what is being drawn",
} as const;
export type Action = keyof typeof actions;

export type KeyMap = Readonly<Record<string, Action>>;

export const defaultKeys: KeyMap = {
  ArrowDown: "next-slice",
  ArrowUp: "previous-slice",
  ArrowRight: "next-slice",
  ArrowLeft: "previous-slice",
  PageDown: "jump-forward",
  PageUp: "jump-back",
  Space: "play",
  W: "window",
  P: "pan",
  Z: "zoom",
  S: "scroll",
  V: "probe",
  N: "magnify",
  L: "distance",
  B: "box",
  G: "polygon",
  D: "line",
  O: "point",
  E: "ellipse",
  A: "angle",
  M: "brush",
  T: "threshold",
  X: "eraser",
  K: "fill",
  C: "scissors",
  "Ctrl+Z": "undo",
  "Ctrl+Y": "redo",
  "Ctrl+Shift+Z": "redo",
  Delete: "delete",
  Tab: "next-question",
  "Shift+Tab": "previous-question",
  Enter: "save-and-next",
  Backspace: "previous-case",
  "Shift+Backspace": "next-case",
  F: "full-viewport",
  H: "hide-annotations",
  I: "hide-text",
  R: "reset",
  U: "invert",
  "Shift+H": "flip-horizontal",
  "Shift+V": "flip-vertical",
  "Shift+R": "rotate",
  "0": "fit",
  "Shift+0": "actual-size",
  Q: "crosslines",
  "?": "help",
  Escape: "cancel",
};

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** The name of a key press, as key maps write it: modifiers in a fixed order, letters in capitals. */
export function chordOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Pressed): string {
  if (["Control", "Shift", "Alt", "Meta"].includes(key)) return "";
  const name = key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key;
  const isSymbol = key.length === 1 && !/[a-z0-9 ]/i.test(key);
  return [ctrlKey || metaKey ? "Ctrl+" : "", altKey ? "Alt+" : "", shiftKey && !isSymbol ? "Shift+" : "", name].join("");
}

/** The number on the key, for options of the active question; Alt asks for window presets instead. */
export function digitOf(chord: string): { digit: number; isAlt: boolean } | undefined {
  const found = /^(Alt\+)?([1-9])$/.exec(chord);
  return found?.[2] ? { digit: Number(found[2]), isAlt: Boolean(found[1]) } : undefined;
}

/** Bind a key to an action, instead of what the key did before and instead of the action's keys so far. */
export function bindKey(keys: KeyMap, chord: string, action: Action): KeyMap {
  const others = Object.entries(keys).filter(([bound, what]) => bound !== chord && what !== action);
  return Object.fromEntries([...others, [chord, action]]);
}

export function keysFor(keys: KeyMap, action: Action): string[] {
  return Object.entries(keys)
    .filter(([, what]) => what === action)
    .map(([chord]) => chord);
}
