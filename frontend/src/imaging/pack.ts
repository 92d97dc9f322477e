import type { P3, WireGeometry } from "./grid";

/** The index at the head of a pack; see docs/reference for the file. */
export interface PackIndex {
  version: number;
  codec: "htj2k" | "zstd";
  header: PackHeader;
  minimum: number;
  maximum: number;
  window: [number, number];
  voxels_sha256: string;
  bands: Band[];
}

export interface PackHeader {
  name: string;
  modality: string;
  shape: number[];
  dtype: string;
  color: "GRAY" | "RGB" | "RGBA";
  time_points: number;
  geometry: WireGeometry;
  findings: Finding[];
  scales: [number, number, string][];
  windows: [number, number, string][];
  is_inverted: boolean;
  frame_seconds: number | null;
  /** What the DICOM files said, by the keywords of the standard; empty for other formats. */
  facts?: Record<string, unknown>;
}

export interface Finding {
  kind: string;
  message: string;
  frames: number[];
}

export interface Band {
  level: number;
  rows: number;
  columns: number;
  offset: number;
  lengths: number[];
}

/** Bytes that asking again will not mend. */
export class UnreadablePack extends Error {}

const magic = "RRPACK01";
const headBytes = magic.length + 4;

/** The index and where the bands begin, or nothing while too few bytes are there. */
export function readIndex(bytes: Uint8Array): { index: PackIndex; dataStart: number } | undefined {
  if (bytes.length < headBytes) return undefined;
  if (new TextDecoder().decode(bytes.subarray(0, magic.length)) !== magic) throw new UnreadablePack("This file is not a pack of pixels.");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(magic.length, true);
  if (bytes.length < headBytes + length) return undefined;
  const index = JSON.parse(new TextDecoder().decode(bytes.subarray(headBytes, headBytes + length))) as PackIndex;
  if (index.version !== 1) throw new UnreadablePack("This pack was written by a newer version. Reload the page.");
  return { index, dataStart: headBytes + length };
}

/** Columns, rows and slices of one time point. */
export function sizeOf({ shape, color, time_points: times }: PackHeader): P3 {
  const spatial = color === "GRAY" ? shape : shape.slice(0, -1);
  const columns = spatial.at(-1) ?? 1;
  const rows = spatial.at(-2) ?? 1;
  const frames = spatial.slice(0, -2).reduce((product, each) => product * each, 1);
  return [columns, rows, Math.max(1, Math.round(frames / Math.max(1, times)))];
}

export type Samples = Int8Array | Uint8Array | Int16Array | Uint16Array | Float32Array;

/** An array for samples of this type: whole numbers up to 16 bits stay exact, everything else becomes float32. */
export function makeSamples(dtype: string, length: number): Samples {
  switch (dtype.replace(/[<>=|]/g, "")) {
    case "i1":
      return new Int8Array(length);
    case "u1":
    case "b1":
      return new Uint8Array(length);
    case "i2":
      return new Int16Array(length);
    case "u2":
      return new Uint16Array(length);
    default:
      return new Float32Array(length);
  }
}
