import type { LookUpTable, Segment } from "../contract";

/** 256 RGBA entries, not premultiplied. */
export type Palette = Uint8ClampedArray;

type Row = number[];

/** "[r g b pos, ...]" as rows of numbers. */
function parseStops(text: string): Row[] {
  return text
    .replace(/[[\]]/g, "")
    .split(",")
    .map((row) => row.trim().split(/\s+/).map(Number))
    .filter((row) => row.length > 1 && row.every(Number.isFinite));
}

function between(stops: Row[], at: number, isConstant: boolean): Row {
  const sorted = [...stops].sort((a, b) => (a.at(-1) ?? 0) - (b.at(-1) ?? 0));
  const after = sorted.findIndex((row) => (row.at(-1) ?? 0) > at);
  const low = sorted[after === -1 ? sorted.length - 1 : Math.max(0, after - 1)] ?? [];
  const high = after === -1 ? low : (sorted[after] ?? low);
  const span = (high.at(-1) ?? 0) - (low.at(-1) ?? 0);
  const part = span <= 0 || isConstant ? 0 : Math.max(0, (at - (low.at(-1) ?? 0)) / span);
  return low.slice(0, -1).map((value, index) => value + ((high[index] ?? value) - value) * part);
}

/** The colours of a look-up table: channel values may run to 1 or to 255, positions to 1 or to 255 or more. */
export function paletteOf(table: LookUpTable): Palette {
  const colors = parseStops(table.color);
  const alphas = parseStops(table.alpha);
  const top = (stops: Row[]) => Math.max(1e-9, ...stops.map((row) => row.at(-1) ?? 0));
  const full = Math.max(...colors.flatMap((row) => row.slice(0, 3)), 0) <= 1 ? 255 : 1;
  const opaque = Math.max(...alphas.map((row) => row[0] ?? 0), 0) <= 1 ? 255 : 1;
  const palette = new Uint8ClampedArray(1024);
  for (let entry = 0; entry < 256; entry += 1) {
    const rgb = between(colors, (entry / 255) * top(colors), table.color_interpolation === "Constant");
    const alpha = between(alphas, (entry / 255) * top(alphas), false)[0] ?? 1;
    palette.set([(rgb[0] ?? 0) * full, (rgb[1] ?? 0) * full, (rgb[2] ?? 0) * full, alpha * opaque], entry * 4);
  }
  return palette;
}

/** Colours that people with any colour vision tell apart (after Okabe and Ito, lighter for dark pictures). */
export const distinctColors = ["#56b4e9", "#e69f00", "#2fd0a0", "#f0e442", "#e29ac4", "#ff7a3c", "#7f9cff", "#d0d0d0"] as const;

export function rgbOf(color: string): [number, number, number] {
  const hex = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  return hex ? [parseInt(hex[1] ?? "0", 16), parseInt(hex[2] ?? "0", 16), parseInt(hex[3] ?? "0", 16)] : [86, 180, 233];
}

export const colorAt = (index: number): string => distinctColors[((index % distinctColors.length) + distinctColors.length) % distinctColors.length] ?? "#56b4e9";

/** A palette whose entries are labels: 0 is clear, hidden segments are clear. */
export function segmentPalette(segments: readonly Segment[] | null, hidden: ReadonlySet<number> = new Set()): Palette {
  const palette = new Uint8ClampedArray(1024);
  for (let label = 1; label < 256; label += 1) {
    const segment = segments?.find(({ voxel_value }) => voxel_value === label);
    const isClear = hidden.has(label) || (segments !== null && segments.length > 0 && segment?.visible !== true && segment !== undefined);
    palette.set([...rgbOf(colorAt(label - 1)), isClear ? 0 : 255], label * 4);
  }
  return palette;
}

/** A heat map from clear through yellow to red, when nothing else is set. */
export const heatPalette: Palette = Uint8ClampedArray.from({ length: 1024 }, (_, at) => {
  const part = Math.floor(at / 4) / 255;
  return [255 * Math.min(1, part * 2), 255 * (1 - Math.abs(part - 0.4) * 1.4), 255 * Math.max(0, 0.4 - part), 255 * Math.min(1, part * 1.6)][at % 4] ?? 0;
});
