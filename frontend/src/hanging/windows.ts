import type { WindowPreset } from "../contract";

export interface Window {
  readonly center: number;
  readonly width: number;
}

/** Presets for CT when the study brings none. */
export const ctWindows: readonly (Window & { title: string })[] = [
  { title: "Soft tissue", center: 40, width: 400 },
  { title: "Lung", center: -600, width: 1500 },
  { title: "Bone", center: 500, width: 2000 },
  { title: "Brain", center: 40, width: 80 },
  { title: "Liver", center: 70, width: 150 },
  { title: "Mediastinum", center: 50, width: 350 },
];

/** The value below which this share (0..100) of the sorted values lies, with linear interpolation. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return 0;
  const place = (Math.min(100, Math.max(0, share)) / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}

/** A preset as centre and width; percentiles are taken from the image's values. */
export function windowOf(preset: WindowPreset, sortedValues: ArrayLike<number>): Window {
  if (preset.center !== null && preset.width !== null) return { center: preset.center, width: preset.width };
  const low = percentile(sortedValues, preset.lower_percentile ?? 0);
  const high = percentile(sortedValues, preset.upper_percentile ?? 100);
  return { center: (low + high) / 2, width: Math.max(high - low, 1e-6) };
}
