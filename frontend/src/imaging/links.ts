import { normalOf, showPlaneOf, slicePosition, goToSlice, type Camera } from "./camera";
import { add, dot, multiply, subtract } from "./grid";
import type { Look } from "./look";
import type { Viewport } from "./viewport";

/** What linked viewports do together. */
export interface Linking {
  readonly slicing: boolean;
  readonly zooming: boolean;
  readonly panning: boolean;
  readonly windowing: boolean;
  readonly inverting: boolean;
  readonly orienting: boolean;
  readonly flipping: boolean;
}

export const linkEverything: Linking = { slicing: true, zooming: true, panning: true, windowing: true, inverting: true, orienting: true, flipping: true };

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

/** Turn or mirror the picture on the screen as its fellow was, whatever way it stands itself. */
export function turnedAlike(camera: Camera, before: Camera, after: Camera, linking: Linking): Camera {
  const parts = ([after.right, after.down] as const).map((axis) => [dot(axis, before.right), dot(axis, before.down)] as const);
  const [[a, b], [c, d]] = parts as [readonly [number, number], readonly [number, number]];
  const sense = a * d - b * c;
  const isInPlane = Math.abs(Math.abs(sense) - 1) < 1e-6;
  const isStill = Math.abs(a - 1) + Math.abs(d - 1) < 1e-9;
  if (!isInPlane || isStill || !(sense < 0 ? linking.flipping : linking.orienting)) return camera;
  const { right, down } = camera;
  return { ...camera, right: add(multiply(right, a), down, b), down: add(multiply(down, d), right, c) };
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
  if (isParallel) camera = turnedAlike(camera, before, after, linking);
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
