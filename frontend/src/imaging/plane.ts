import type { Camera } from "./camera";
import { normalOf } from "./camera";
import { add, dot, multiply, norm, type Grid, type P3 } from "./grid";
import type { Look } from "./look";

/** A viewport's pixels as voxel indices: where pixel (0, 0) is and what a step across, down or through the slab adds. */
export interface IndexPlane {
  readonly corner: P3;
  readonly across: P3;
  readonly down: P3;
  readonly through: P3;
  readonly samples: number;
  /** The plane lies exactly on this slice of the image's own. */
  readonly slice: number | null;
}

/** Express what a camera sees in an image's voxel indices; width, height and ratio are in screen pixels. */
export function indexPlane(grid: Grid, camera: Camera, width: number, height: number, ratio: number, look?: Look): IndexPlane {
  const step = camera.mmPerPixel / ratio;
  const across = multiply(camera.right, step);
  const down = multiply(camera.down, step);
  const corner = add(add(camera.center, across, (1 - width) / 2), down, (1 - height) / 2);
  const normal = normalOf(camera);
  const spacing = 1 / Math.max(norm(grid.turnToIndex(normal)), 1e-9);
  const thickness = look?.slab.millimeters ?? 0;
  const samples = thickness > spacing ? Math.min(64, Math.max(1, Math.round(thickness / spacing) + 1)) : 1;
  const through = samples > 1 ? multiply(normal, thickness / (samples - 1)) : ([0, 0, 0] as const);
  const middle = grid.toIndex(camera.center)[2];
  const isNative = samples === 1 && isAlong(grid, camera);
  return {
    corner: grid.toIndex(corner),
    across: grid.turnToIndex(across),
    down: grid.turnToIndex(down),
    through: grid.turnToIndex(through),
    samples,
    slice: isNative ? Math.round(middle) : null,
  };
}

/** Whether a camera's plane is parallel to the image's own slices. */
export function isAlong(grid: Grid, camera: Camera): boolean {
  const [alongRows, alongColumns] = [grid.turnToIndex(camera.right)[2], grid.turnToIndex(camera.down)[2]];
  return Math.abs(alongRows) * norm(grid.steps[2]) < 1e-3 && Math.abs(alongColumns) * norm(grid.steps[2]) < 1e-3 && Math.abs(dot(normalOf(camera), grid.axes[2])) > 0.999;
}
