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
export function upload(gl: WebGL2RenderingContext, image: PackImage, level: Level, first: number, count: number): Texture {
  const part = level.part(first, count);
  const layout = layoutOf(gl, part, image.isColor);
  const data = image.isColor ? toRgba(part, image.channels) : part;
  const isVolume = count > 1;
  const target = isVolume ? gl.TEXTURE_3D : gl.TEXTURE_2D;
  const handle = gl.createTexture();
  gl.bindTexture(target, handle);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  if (isVolume) gl.texImage3D(target, 0, layout.internal, level.columns, level.rows, count, 0, layout.format, layout.type, data);
  else gl.texImage2D(target, 0, layout.internal, level.columns, level.rows, 0, layout.format, layout.type, data);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(target, name, gl.NEAREST);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) gl.texParameteri(target, name, gl.CLAMP_TO_EDGE);
  return { handle, sampler: layout.sampler, columns: level.columns, rows: level.rows, slices: count, bytes: data.byteLength };
}

const volumeBudget = 2 ** 30;

interface HeldVolume {
  /** Held weakly: pixels of an image that was let go of are not kept in memory because the card has them. */
  readonly level: WeakRef<Level>;
  readonly time: number;
  readonly texture: Texture;
}

/** Volumes on the graphics card: the last ones used, within a budget; one that does not fit is taken coarser. */
export class Volumes {
  #held: HeldVolume[] = [];
  readonly #refused = new WeakSet<Level>();

  constructor(private readonly gl: WebGL2RenderingContext) {}

  /**
   * The finest complete level that the card takes. Levels are coarser within slices, not along them: of a volume with
   * more slices than a texture may have there is none, for leaving slices out could leave a finding out.
   */
  find(image: PackImage, time: number): { texture: Texture; level: Level } | undefined {
    const limit = this.gl.getParameter(this.gl.MAX_3D_TEXTURE_SIZE) as number;
    const levels = image.levels.filter((level) => level.isComplete && Math.max(level.columns, level.rows, image.slices) <= limit);
    for (const level of levels.reverse()) {
      const held = this.#held.find((each) => each.level.deref() === level && each.time === time) ?? this.#upload(image, level, time);
      if (!held) continue;
      this.#held = [...this.#held.filter((each) => each !== held), held];
      this.#trim(volumeBudget);
      return { texture: held.texture, level };
    }
    return undefined;
  }

  #upload(image: PackImage, level: Level, time: number): HeldVolume | undefined {
    if (this.#refused.has(level)) return undefined;
    const send = () => ({ level: new WeakRef(level), time, texture: upload(this.gl, image, level, time * image.slices, image.slices) });
    this.#clearErrors();
    const first = send();
    if (this.gl.getError() !== this.gl.OUT_OF_MEMORY) return first;
    this.gl.deleteTexture(first.texture.handle);
    this.#trim(0);
    const second = send();
    if (this.gl.getError() !== this.gl.OUT_OF_MEMORY) return second;
    this.gl.deleteTexture(second.texture.handle);
    this.#refused.add(level);
    return undefined;
  }

  #clearErrors(): void {
    for (let count = 0; count < 8 && this.gl.getError() !== this.gl.NO_ERROR; count += 1);
  }

  /** Let go of the volumes used longest ago, until the rest is within a budget; the last one stays. */
  #trim(budget: number): void {
    let total = this.#held.reduce((sum, { texture }) => sum + texture.bytes, 0);
    while (total > budget && this.#held.length > (budget > 0 ? 1 : 0)) {
      const [oldest] = this.#held.splice(0, 1);
      total -= oldest?.texture.bytes ?? 0;
      if (oldest) this.gl.deleteTexture(oldest.texture.handle);
    }
  }
}
