import type { PackImage } from "./image";
import type { Level } from "./level";
import type { Samples } from "./pack";

export interface Texture {
  readonly handle: WebGLTexture;
  readonly sampler: "isampler" | "usampler" | "sampler";
  readonly columns: number;
  readonly rows: number;
  readonly slices: number;
  readonly bytes: number;
}

interface Layout {
  internal: number;
  format: number;
  type: number;
  sampler: Texture["sampler"];
}

function layoutOf(gl: WebGL2RenderingContext, samples: Samples, isColor: boolean): Layout {
  if (isColor) return { internal: gl.RGBA8UI, format: gl.RGBA_INTEGER, type: gl.UNSIGNED_BYTE, sampler: "usampler" };
  if (samples instanceof Int16Array) return { internal: gl.R16I, format: gl.RED_INTEGER, type: gl.SHORT, sampler: "isampler" };
  if (samples instanceof Uint16Array) return { internal: gl.R16UI, format: gl.RED_INTEGER, type: gl.UNSIGNED_SHORT, sampler: "usampler" };
  if (samples instanceof Int8Array) return { internal: gl.R8I, format: gl.RED_INTEGER, type: gl.BYTE, sampler: "isampler" };
  if (samples instanceof Uint8Array) return { internal: gl.R8UI, format: gl.RED_INTEGER, type: gl.UNSIGNED_BYTE, sampler: "usampler" };
  return { internal: gl.R32F, format: gl.RED, type: gl.FLOAT, sampler: "sampler" };
}

/** Colour as four bytes per pixel; wider colour is cut to its high byte. */
export function toRgba(samples: Samples, channels: number): Uint8Array {
  const pixels = samples.length / channels;
  const shift = samples.BYTES_PER_ELEMENT === 2 ? 8 : 0;
  const out = new Uint8Array(pixels * 4);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    for (let channel = 0; channel < 4; channel += 1) {
      out[pixel * 4 + channel] = channel < channels ? (samples[pixel * channels + channel] ?? 0) >> shift : 255;
    }
  }
  return out;
}

/** Upload frames of a level: one as a flat texture, several as a volume. */
export function upload(gl: WebGL2RenderingContext, image: PackImage, level: Level, first: number, count: number, reuse?: Texture): Texture {
  const part = level.part(first, count);
  const layout = layoutOf(gl, part, image.isColor);
  const data = image.isColor ? toRgba(part, image.channels) : part;
  const isVolume = count > 1;
  const target = isVolume ? gl.TEXTURE_3D : gl.TEXTURE_2D;
  const handle = reuse?.handle ?? gl.createTexture();
  gl.bindTexture(target, handle);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  if (isVolume) gl.texImage3D(target, 0, layout.internal, level.columns, level.rows, count, 0, layout.format, layout.type, data);
  else gl.texImage2D(target, 0, layout.internal, level.columns, level.rows, 0, layout.format, layout.type, data);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(target, name, gl.NEAREST);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) gl.texParameteri(target, name, gl.CLAMP_TO_EDGE);
  return { handle, sampler: layout.sampler, columns: level.columns, rows: level.rows, slices: count, bytes: data.byteLength };
}
