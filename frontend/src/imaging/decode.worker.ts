import factory from "@cornerstonejs/codec-openjph/wasmjs";
import wasm from "@cornerstonejs/codec-openjph/wasm?url";
import { decompress } from "fzstd";

import type { Samples } from "./pack";

/** One frame to decode: its codestream (or the beginning of it) and how much smaller than full it shall be. */
export interface DecodeJob {
  codec: "htj2k" | "zstd";
  dtype: string;
  bytes: Uint8Array;
  level: number;
}

export type Decoded = { samples: Samples } | { failure: string };

interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  decodeSubResolution(level: number): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { bitsPerSample: number; isSigned: boolean; width: number; height: number; componentCount: number };
  delete(): void;
}

interface Codec {
  HTJ2KDecoder: new () => Decoder;
}

let loading: Promise<Codec> | undefined;

/** The codec; one that could not be loaded is asked for again. */
function codec(): Promise<Codec> {
  loading ??= (factory as (options: object) => Promise<Codec>)({ locateFile: () => wasm });
  loading.catch(() => (loading = undefined));
  return loading;
}

async function decodeWavelet({ bytes, level, dtype }: DecodeJob): Promise<Samples> {
  const { HTJ2KDecoder } = await codec().catch(() => {
    throw new Error("The decoder of images could not be fetched. Reload the page.");
  });
  const decoder = new HTJ2KDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decodeSubResolution(level);
    const out = decoder.getDecodedBuffer();
    const isWide = decoder.getFrameInfo().bitsPerSample > 8;
    const raw = out.slice();
    const values = isWide
      ? decoder.getFrameInfo().isSigned ? new Int16Array(raw.buffer) : new Uint16Array(raw.buffer)
      : decoder.getFrameInfo().isSigned ? new Int8Array(raw.buffer) : raw;
    return narrowed(values, dtype);
  } catch {
    throw new Error("A frame of this image cannot be decoded; its file may be damaged. Tell the study's editor.");
  } finally {
    decoder.delete();
  }
}

function narrowed(values: Samples, dtype: string): Samples {
  const kind = dtype.replace(/[<>=|]/g, "");
  if (kind === "i2" && !(values instanceof Int16Array)) return Int16Array.from(values);
  if (kind === "u2" && !(values instanceof Uint16Array)) return Uint16Array.from(values);
  if (kind === "u1" && !(values instanceof Uint8Array)) return Uint8Array.from(values);
  if (kind === "i1" && !(values instanceof Int8Array)) return Int8Array.from(values);
  return values;
}

const itemBytes = (dtype: string): number => Number(/\d+$/.exec(dtype)?.[0] ?? 1);

/** First bytes of all values stand before all second bytes; bring each value's bytes together again. */
function unshuffled(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const count = bytes.length / width;
  const out = new Uint8Array(bytes.length);
  for (let part = 0; part < width; part += 1) {
    for (let at = 0; at < count; at += 1) out[at * width + part] = bytes[part * count + at] ?? 0;
  }
  return out;
}

function decodeStored({ bytes, dtype }: DecodeJob): Samples {
  const { buffer } = unshuffled(decompress(bytes), itemBytes(dtype));
  switch (dtype.replace(/[<>=|]/g, "")) {
    case "i1":
      return new Int8Array(buffer);
    case "i2":
      return new Int16Array(buffer);
    case "u2":
      return new Uint16Array(buffer);
    case "i4":
      return Float32Array.from(new Int32Array(buffer));
    case "u4":
      return Float32Array.from(new Uint32Array(buffer));
    case "i8":
      return Float32Array.from(new BigInt64Array(buffer), Number);
    case "u8":
      return Float32Array.from(new BigUint64Array(buffer), Number);
    case "f4":
      return new Float32Array(buffer);
    case "f8":
      return Float32Array.from(new Float64Array(buffer));
    default:
      return new Uint8Array(buffer);
  }
}

self.onmessage = async ({ data }: MessageEvent<DecodeJob>) => {
  let answer: Decoded;
  try {
    answer = { samples: data.codec === "zstd" ? decodeStored(data) : await decodeWavelet(data) };
  } catch (problem) {
    answer = { failure: problem instanceof Error ? problem.message : String(problem) };
  }
  const transfer = "samples" in answer ? [answer.samples.buffer] : [];
  (self as unknown as Worker).postMessage(answer, transfer);
};

void codec().catch(() => undefined);
