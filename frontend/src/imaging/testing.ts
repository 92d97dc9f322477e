import type { P3 } from "./grid";
import type { Band, PackIndex } from "./pack";

export const header = { name: "x", modality: "CT", shape: [2, 4, 4], dtype: "<i2", color: "GRAY" as const, time_points: 1, geometry: { origin: [0, 0, 0] as P3, directions: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] as [P3, P3, P3], spacing: [1, 1, 1] as P3 }, findings: [], scales: [[1, 0, ""]] as [number, number, string][], windows: [], is_inverted: false, frame_seconds: null };

/** Two frames of 4x4 in two bands, with codestreams of a few bytes. */
export function makePack(): Uint8Array {
  const bands: Band[] = [{ level: 1, rows: 2, columns: 2, offset: 0, lengths: [3, 2] }, { level: 0, rows: 4, columns: 4, offset: 5, lengths: [4, 1] }];
  const index: PackIndex = { version: 1, codec: "htj2k", header, minimum: 0, maximum: 1, window: [0, 1], voxels_sha256: "", bands };
  const text = new TextEncoder().encode(JSON.stringify(index));
  const bytes = new Uint8Array(12 + text.length + 10);
  bytes.set(new TextEncoder().encode("RRPACK01"));
  new DataView(bytes.buffer).setUint32(8, text.length, true);
  bytes.set(text, 12);
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 12 + text.length);
  return bytes;
}

/** An answer that comes in pieces; one that stalls stays open after its bytes. */
export function reply(bytes: Uint8Array, chunk: number, status = 200, isStalling = false): Response {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return isStalling ? new Promise(() => undefined) : controller.close();
      controller.enqueue(bytes.slice(at, at + chunk));
      at += chunk;
    },
  });
  return new Response(body, { status });
}

export const codestreams: readonly Uint8Array[] = [[1, 2, 3, 6, 7, 8, 9], [4, 5, 10]].map((bytes) => Uint8Array.from(bytes));
