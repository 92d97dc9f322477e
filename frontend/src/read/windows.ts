import type { WindowPreset } from "../contract";
import { ctWindows, windowOf, type Window } from "../hanging";
import type { Viewport } from "../imaging";

/** Windows to choose from: the study's, else the usual ones of the modality, and those of the file. */
export function windowChoices(viewport: Viewport | undefined, presets: readonly WindowPreset[]): (Window & { title: string })[] {
  const { header, window } = viewport?.image.index ?? {};
  const own = (header?.windows ?? []).slice(0, 3).map(([center, width, label], index) => ({ title: label || `Of the file ${String(index + 1)}`, center, width }));
  const isRanked = presets.some(({ center, width }) => center === null || width === null);
  const values = isRanked ? (viewport?.image.sortedValues ?? []) : [];
  const given = presets.map((preset) => ({ title: preset.title, ...windowOf(preset, values) }));
  const usual = given.length === 0 && header?.modality === "CT" ? ctWindows : [];
  const automatic = window ? [{ title: "Automatic", center: window[0], width: window[1] }] : [];
  return [...given, ...usual, ...own, ...automatic].slice(0, 12);
}
