import { normalOf, showPlaneOf, slicePosition, goToSlice, type Camera } from "./camera";
import { add, dot, subtract } from "./grid";
import type { Look } from "./look";
import type { Viewport } from "./viewport";

/** What linked viewports do together. */
export interface Linking {
  readonly slicing: boolean;
  readonly zooming: boolean;
  readonly panning: boolean;
  readonly windowing: boolean;
  readonly inverting: boolean;
}

export const linkEverything: Linking = { slicing: true, zooming: true, panning: true, windowing: true, inverting: true };

const doubtful = ["missing-position", "missing-orientation", "assumed-slice-spacing"];
const isPlaced = ({ image }: Viewport) => !image.index?.header.findings.some(({ kind }) => doubtful.includes(kind));

/** Two images are in one space when both know where they are and one holds a part of the other. */
export function shareSpace(a: Viewport, b: Viewport): boolean {
  if (!a.grid || !b.grid || !isPlaced(a) || !isPlaced(b)) return false;
  const offset = subtract(b.grid.center, a.grid.center);
  return ([[1, 0, 0], [0, 1, 0], [0, 0, 1]] as const).every(
    (axis) => Math.abs(dot(offset, axis)) < (a.grid?.extent(axis) ?? 0) + (b.grid?.extent(axis) ?? 0),
  );
}

/** Move a viewport the way its fellow was moved: to the same place where both know it, by as many slices otherwise. */
export function followCamera(follower: Viewport, leader: Viewport, before: Camera, after: Camera, linking: Linking): void {
  if (!follower.camera || !follower.grid || !leader.grid) return;
  let camera = follower.camera;
  const isParallel = Math.abs(dot(normalOf(camera), normalOf(after))) > 0.9;
  if (linking.slicing && isParallel) {
    if (shareSpace(follower, leader)) camera = showPlaneOf(camera, after.center);
    else {
      const [from, to] = [slicePosition(before, leader.grid), slicePosition(after, leader.grid)];
      if (from.index !== to.index) camera = goToSlice(camera, follower.grid, slicePosition(camera, follower.grid).index + to.index - from.index);
    }
  }
  if (linking.zooming && before.mmPerPixel !== after.mmPerPixel) camera = { ...camera, mmPerPixel: (camera.mmPerPixel * after.mmPerPixel) / before.mmPerPixel };
  if (linking.panning && isParallel) {
    const moved = subtract(after.center, before.center);
    const scale = camera.mmPerPixel / after.mmPerPixel;
    camera = { ...camera, center: add(add(camera.center, camera.right, dot(moved, after.right) * scale), camera.down, dot(moved, after.down) * scale) };
  }
  if (camera !== follower.camera) follower.setCamera(camera);
}

export function followLook(follower: Viewport, leader: Viewport, change: Partial<Look>, linking: Linking): void {
  const isAlike = follower.image.index?.header.modality === leader.image.index?.header.modality;
  const wanted: Partial<Look> = {
    ...(change.window && linking.windowing && isAlike ? { window: change.window } : {}),
    ...(change.isInverted !== undefined && linking.inverting ? { isInverted: change.isInverted } : {}),
  };
  if (Object.keys(wanted).length > 0) follower.setLook(wanted);
}
