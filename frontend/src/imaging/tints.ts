import type { Grid } from "./grid";
import type { PackImage } from "./image";
import type { Scene, Tint } from "./look";
import { indexPlane, type IndexPlane } from "./plane";

type Paint = (voxelColumn: number, voxelRow: number, voxelSlice: number, out: Uint8ClampedArray, at: number) => void;

/** Walk over the pixels of a plane and colour those that fall on a voxel: nearest neighbour, no GPU needed. */
function walk(plane: IndexPlane, size: readonly [number, number, number], width: number, height: number, out: Uint8ClampedArray, paint: Paint): void {
  const { corner, across, down } = plane;
  const [columns, rows, slices] = size;
  for (let y = 0; y < height; y += 1) {
    let i = corner[0] + down[0] * y + 0.5;
    let j = corner[1] + down[1] * y + 0.5;
    let k = (plane.slice ?? corner[2] + down[2] * y) + 0.5;
    const kAcross = plane.slice === null ? across[2] : 0;
    for (let x = 0, at = y * width * 4; x < width; x += 1, at += 4) {
      if (i >= 0 && j >= 0 && k >= 0 && i < columns && j < rows && k < slices) paint(i | 0, j | 0, k | 0, out, at);
      i += across[0];
      j += across[1];
      k += kAcross;
    }
  }
}

let scratch: HTMLCanvasElement | undefined;

/** Run `fill` on a picture of at most this many pixels and draw it over the target. */
function drawPicture(target: CanvasRenderingContext2D, alpha: number, isSmooth: boolean, fill: (out: ImageData, shrink: number) => void): void {
  const { width, height } = target.canvas;
  const shrink = Math.max(1, Math.ceil(Math.sqrt((width * height) / 700_000)));
  const [columns, rows] = [Math.ceil(width / shrink), Math.ceil(height / shrink)];
  scratch ??= document.createElement("canvas");
  if (scratch.width !== columns) scratch.width = columns;
  if (scratch.height !== rows) scratch.height = rows;
  const context = scratch.getContext("2d", { willReadFrequently: true });
  if (!context) return;
  const picture = context.createImageData(columns, rows);
  fill(picture, shrink);
  context.putImageData(picture, 0, 0);
  target.globalAlpha = alpha;
  target.imageSmoothingEnabled = isSmooth;
  target.drawImage(scratch, 0, 0, columns * shrink, rows * shrink);
  target.globalAlpha = 1;
}

/** Values over a grid, as drawn over a base: another image, or a mask in the making. */
export interface Tinted {
  readonly grid: Grid;
  valueAt(voxel: number): number;
}

/** Draw values in the colours of a tint. */
export function drawTint(target: CanvasRenderingContext2D, source: Tinted, scene: Scene, tint: Tint): void {
  const { grid } = source;
  const [columns, rows] = grid.size;
  const span = Math.max(tint.high - tint.low, 1e-9);
  drawPicture(target, tint.alpha, tint.isSmooth, (picture, shrink) => {
    const plane = indexPlane(grid, scene.camera, picture.width, picture.height, scene.ratio / shrink);
    walk(plane, grid.size, picture.width, picture.height, picture.data, (i, j, k, out, at) => {
      const value = source.valueAt(i + columns * (j + rows * k));
      const entry = Math.max(0, Math.min(255, Math.round(((value - tint.low) / span) * 255))) * 4;
      out[at] = tint.palette[entry] ?? 0;
      out[at + 1] = tint.palette[entry + 1] ?? 0;
      out[at + 2] = tint.palette[entry + 2] ?? 0;
      out[at + 3] = tint.palette[entry + 3] ?? 0;
    });
  });
}

/** An image of the server as values to tint; coarse where it is not complete yet. */
export function asTinted(image: PackImage, time: number): Tinted | undefined {
  const { grid } = image;
  const valueAt = image.reader(time);
  return grid && valueAt && { grid, valueAt };
}
