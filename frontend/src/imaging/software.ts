import type { PackImage } from "./image";
import type { Level } from "./level";
import type { Look, Scene } from "./look";
import { indexPlane, type IndexPlane } from "./plane";
import type { Samples } from "./pack";
import type { Renderer } from "./renderer";

interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly of: string;
}

const black = 0xff000000;

/** Grey of a real value in a window, as a pixel. */
function shade(value: number, low: number, factor: number, isInverted: boolean): number {
  const part = (value - low) * factor;
  const bounded = part <= 0 ? 0 : part >= 255 ? 255 : part;
  const grey = ((isInverted ? 255 - bounded : bounded) + 0.5) | 0;
  return black | (grey << 16) | (grey << 8) | grey;
}

const tables = new Map<string, Uint32Array>();
const mostTables = 8;

/** The pixel of every value that whole numbers of up to 16 bits can have, by their bits; the last few windows are kept. */
function tableOf(samples: Samples, slope: number, intercept: number, { window, isInverted }: Look): Uint32Array | undefined {
  if (samples instanceof Float32Array) return undefined;
  const size = samples.BYTES_PER_ELEMENT === 2 ? 1 << 16 : 1 << 8;
  const isSigned = samples instanceof Int8Array || samples instanceof Int16Array;
  const name = [size, isSigned, slope, intercept, window.center, window.width, isInverted].join("/");
  const known = tables.get(name);
  if (known || samples.length < size / 4) return known;
  const factor = 255 / Math.max(window.width, 1e-9);
  const low = window.center - window.width / 2;
  const table = new Uint32Array(size);
  for (let bits = 0; bits < size; bits += 1) table[bits] = shade((isSigned && bits >= size / 2 ? bits - size : bits) * slope + intercept, low, factor, isInverted);
  tables.set(name, table);
  for (const old of [...tables.keys()].slice(0, -mostTables)) tables.delete(old);
  return table;
}

function colorAt(samples: Samples, at: number, isInverted: boolean): number {
  const shift = samples.BYTES_PER_ELEMENT === 2 ? 8 : 0;
  const flip = isInverted ? 255 : 0;
  const channel = (offset: number) => (((samples[at + offset] ?? 0) >> shift) & 255) ^ flip;
  return black | (channel(2) << 16) | (channel(1) << 8) | channel(0);
}

/** One frame in its window. */
export function paintFrame(image: PackImage, level: Level, frame: number, look: Look, out: Uint32Array): void {
  const { window, isInverted } = look;
  const [slope, intercept] = image.scale(frame);
  const samples = level.part(frame);
  const table = image.isColor ? undefined : tableOf(samples, slope, intercept, look);
  if (table) {
    const mask = table.length - 1;
    for (let pixel = 0; pixel < out.length; pixel += 1) out[pixel] = table[(samples[pixel] as number) & mask] as number;
    return;
  }
  const factor = 255 / Math.max(window.width, 1e-9);
  const low = window.center - window.width / 2;
  for (let pixel = 0; pixel < out.length; pixel += 1) {
    out[pixel] = image.isColor ? colorAt(samples, pixel * image.channels, isInverted) : shade((samples[pixel] ?? 0) * slope + intercept, low, factor, isInverted);
  }
}

/** A plane across the slices, with or without a slab, nearest neighbour. */
function paintPlane(image: PackImage, level: Level, plane: IndexPlane, look: Look, width: number, height: number, out: Uint32Array): void {
  const [columns, rows, slices] = image.grid?.size ?? [0, 0, 0];
  const { corner, across, down, through, samples } = plane;
  const halving = 1 / 2 ** level.level;
  const [slope, intercept] = image.scale(look.time * slices);
  const factor = 255 / Math.max(look.window.width, 1e-9);
  const low = look.window.center - look.window.width / 2;
  const middle = (samples - 1) / 2;
  const stored = level.samples;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [i, j, k] = [corner[0] + across[0] * x + down[0] * y, corner[1] + across[1] * x + down[1] * y, corner[2] + across[2] * x + down[2] * y];
      if (i < -0.5 || j < -0.5 || k < -0.5 || i >= columns - 0.5 || j >= rows - 0.5 || k >= slices - 0.5) {
        out[y * width + x] = black;
        continue;
      }
      let result = 0;
      for (let n = 0; n < samples; n += 1) {
        const offset = n - middle;
        const u = Math.min(columns - 1, Math.max(0, i + through[0] * offset + 0.5)) * halving;
        const v = Math.min(rows - 1, Math.max(0, j + through[1] * offset + 0.5)) * halving;
        const w = Math.min(slices - 1, Math.max(0, Math.floor(k + through[2] * offset + 0.5)));
        const at = ((look.time * slices + w) * level.rows + (v | 0)) * level.columns + (u | 0);
        const value = stored[at * image.channels] ?? 0;
        if (n === 0) result = value;
        else if (look.slab.method === "Average") result += value;
        else if (look.slab.method === "Maximum" ? value > result : value < result) result = value;
        if (image.isColor) out[y * width + x] = colorAt(stored, at * image.channels, look.isInverted);
      }
      if (image.isColor) continue;
      if (look.slab.method === "Average") result /= samples;
      out[y * width + x] = shade(result * slope + intercept, low, factor, look.isInverted);
    }
  }
}

const mostPixels = 300_000;

/** Without a graphics card the processor draws: a slice is put into its window once, then moved as a picture. */
export class SoftwareRenderer implements Renderer {
  readonly isSoftware = true;
  readonly #pictures = new Map<string, Picture>();

  forget(slot: string): void {
    this.#pictures.delete(slot);
  }

  draw(target: CanvasRenderingContext2D, image: PackImage, scene: Scene, slot: string): boolean {
    const { grid } = image;
    const { width, height } = target.canvas;
    if (!grid || width === 0 || height === 0) return false;
    const plane = indexPlane(grid, scene.camera, width, height, scene.ratio, scene.look);
    const isFlat = plane.slice !== null || image.slices === 1;
    return isFlat ? this.#drawFrame(target, image, scene, plane, slot) : this.#drawPlane(target, image, scene, slot);
  }

  #picture(slot: string, of: string, columns: number, rows: number, paint: (out: Uint32Array) => void): HTMLCanvasElement | undefined {
    const held = this.#pictures.get(slot);
    if (held?.of === of && of !== "") return held.canvas;
    const canvas = held?.canvas ?? document.createElement("canvas");
    if (canvas.width !== columns) canvas.width = columns;
    if (canvas.height !== rows) canvas.height = rows;
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) return undefined;
    const pixels = context.createImageData(columns, rows);
    paint(new Uint32Array(pixels.data.buffer));
    context.putImageData(pixels, 0, 0);
    this.#pictures.set(slot, { canvas, of });
    return canvas;
  }

  #drawFrame(target: CanvasRenderingContext2D, image: PackImage, { look }: Scene, plane: IndexPlane, slot: string): boolean {
    const slice = Math.min(image.slices - 1, Math.max(0, plane.slice ?? 0));
    const frame = look.time * image.slices + slice;
    const level = image.finestOf(frame);
    if (!level) return false;
    const { window, isInverted } = look;
    const of = [image.key, frame, level.level, window.center, window.width, isInverted].join("/");
    const picture = this.#picture(slot, of, level.columns, level.rows, (out) => paintFrame(image, level, frame, look, out));
    target.fillStyle = "#000";
    target.fillRect(0, 0, target.canvas.width, target.canvas.height);
    if (!picture || (plane.slice !== null && plane.slice !== slice)) return true;
    const { across, down, corner } = plane;
    const determinant = across[0] * down[1] - down[0] * across[1] || 1e-12;
    const [a, b, c, d] = [down[1] / determinant, -across[1] / determinant, -down[0] / determinant, across[0] / determinant];
    const size = 2 ** level.level;
    const [i, j] = [-0.5 * size - corner[0], -0.5 * size - corner[1]];
    target.setTransform(a * size, b * size, c * size, d * size, a * i + c * j + 0.5, b * i + d * j + 0.5);
    target.imageSmoothingEnabled = look.isSmooth || level.level > 0;
    target.drawImage(picture, 0, 0);
    target.setTransform(1, 0, 0, 1, 0, 0);
    return true;
  }

  #drawPlane(target: CanvasRenderingContext2D, image: PackImage, { camera, look, ratio }: Scene, slot: string): boolean {
    const level = image.finest;
    const { grid } = image;
    if (!level || !grid) return false;
    const { width, height } = target.canvas;
    const shrink = Math.max(1, Math.sqrt((width * height) / mostPixels));
    const [columns, rows] = [Math.ceil(width / shrink), Math.ceil(height / shrink)];
    const plane = indexPlane(grid, camera, columns, rows, (ratio * columns) / width, look);
    const picture = this.#picture(slot, "", columns, rows, (out) => paintPlane(image, level, plane, look, columns, rows, out));
    target.imageSmoothingEnabled = true;
    if (picture) target.drawImage(picture, 0, 0, width, height);
    return picture !== undefined;
  }
}
