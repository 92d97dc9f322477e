import type { Mask } from "./volume";

type Triple = readonly [number, number, number];

/** Where the mask's voxels are, as MetaImage files say it. */
export interface MaskPlace {
  readonly origin: Triple;
  readonly directions: readonly [Triple, Triple, Triple];
  readonly spacing: Triple;
  readonly dimensions: 2 | 3;
}

async function through(stream: CompressionStream | DecompressionStream, bytes: Uint8Array): Promise<Uint8Array> {
  const piped = new Blob([bytes as BlobPart]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

/** The mask as a zlib-compressed MetaImage file: what an answer's image is imported from. */
export async function toMetaImage(mask: Mask, place: MaskPlace): Promise<Blob> {
  const pixels = await through(new CompressionStream("deflate"), mask.data);
  const count = place.dimensions;
  const matrix = place.directions.slice(0, count).flatMap((direction) => direction.slice(0, count));
  const header = [
    "ObjectType = Image",
    `NDims = ${String(count)}`,
    "BinaryData = True",
    "BinaryDataByteOrderMSB = False",
    "CompressedData = True",
    `CompressedDataSize = ${String(pixels.length)}`,
    `TransformMatrix = ${matrix.join(" ")}`,
    `Offset = ${place.origin.slice(0, count).join(" ")}`,
    `ElementSpacing = ${place.spacing.slice(0, count).join(" ")}`,
    `DimSize = ${mask.size.slice(0, count).join(" ")}`,
    "ElementType = MET_UCHAR",
    "ElementDataFile = LOCAL",
    "",
  ].join("\n");
  return new Blob([header, pixels as BlobPart], { type: "application/octet-stream" });
}

/** Runs of equal labels as (label, length) pairs: how a mask waits in the browser. */
export function toRuns(mask: Mask): Uint32Array {
  const runs: number[] = [];
  let start = 0;
  for (let at = 1; at <= mask.data.length; at += 1) {
    if (at < mask.data.length && mask.data[at] === mask.data[start]) continue;
    runs.push(mask.data[start] ?? 0, at - start);
    start = at;
  }
  return Uint32Array.from(runs);
}

export function fromRuns(size: Triple, runs: Uint32Array): Mask {
  const data = new Uint8Array(size[0] * size[1] * size[2]);
  let at = 0;
  for (let pair = 0; pair + 1 < runs.length; pair += 2) {
    const end = at + (runs[pair + 1] ?? 0);
    data.fill(runs[pair] ?? 0, at, end);
    at = end;
  }
  return { size, data };
}
