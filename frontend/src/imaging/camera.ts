import { add, cross, dot, multiply, norm, subtract, unit, type Grid, type P3 } from "./grid";

export type Orientation = "native" | "axial" | "coronal" | "sagittal";

/** What a viewport looks at: a plane in the patient, its middle, and how large a screen pixel is there. */
export interface Camera {
  readonly center: P3;
  readonly right: P3;
  readonly down: P3;
  /** Direction of scrolling: one step of `sliceStep` goes to the next slice. */
  readonly sliceStep: P3;
  readonly mmPerPixel: number;
}

/** What the person's own right hand, feet and back are called at the picture's edges. */
const letters: readonly [string, string][] = [["L", "R"], ["P", "A"], ["H", "F"]];

export function letterOf(direction: P3): string {
  return direction
    .map((part, axis) => ({ size: Math.abs(part), letter: letters[axis]?.[part > 0 ? 0 : 1] ?? "" }))
    .filter(({ size }) => size > 0.25)
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map(({ letter }) => letter)
    .join("");
}

const patientAxes: Record<Exclude<Orientation, "native">, { normal: 0 | 1 | 2; right: P3; down: P3 }> = {
  axial: { normal: 2, right: [1, 0, 0], down: [0, 1, 0] },
  coronal: { normal: 1, right: [1, 0, 0], down: [0, 0, -1] },
  sagittal: { normal: 0, right: [0, 1, 0], down: [0, 0, -1] },
};

function closest(axes: readonly P3[], wanted: P3): P3 {
  const best = axes.reduce((a, b) => (Math.abs(dot(b, wanted)) > Math.abs(dot(a, wanted)) ? b : a));
  return dot(best, wanted) < 0 ? multiply(best, -1) : best;
}

/** Which of the named planes the image's own slices are nearest to. */
export function nativePlane(grid: Grid): Exclude<Orientation, "native"> {
  const across = grid.axes[2].map(Math.abs);
  const largest = across.indexOf(Math.max(...across));
  return largest === 2 ? "axial" : largest === 1 ? "coronal" : "sagittal";
}

/** Whether a volume has no slices of its own to be read by: its voxels are about as long in every direction. */
export function isIsotropic(grid: Grid): boolean {
  const lengths = grid.steps.map(norm);
  return grid.size[2] > 1 && Math.max(...lengths) < 1.25 * Math.min(...lengths);
}

/** Look at the middle of an image along one of its own planes, or as its slices lie; a flat picture as it was stored. */
export function lookAt(grid: Grid, orientation: Orientation): Camera {
  if (orientation === "native" || orientation === nativePlane(grid)) {
    const plane = patientAxes[nativePlane(grid)];
    const isAsStored = orientation === "native" && grid.size[2] === 1;
    const right = isAsStored ? grid.axes[0] : closest([grid.axes[0], grid.axes[1]], plane.right);
    const down = isAsStored ? grid.axes[1] : closest([grid.axes[0], grid.axes[1]].filter((axis) => Math.abs(dot(axis, right)) < 0.5), plane.down);
    return { center: grid.center, right, down, sliceStep: grid.steps[2], mmPerPixel: 1 };
  }
  const plane = patientAxes[orientation];
  const towards: P3 = [plane.normal === 0 ? 1 : 0, plane.normal === 1 ? 1 : 0, plane.normal === 2 ? 1 : 0];
  const normal = closest(grid.axes, towards);
  const inPlane = grid.axes.filter((axis) => Math.abs(dot(axis, normal)) < 0.5);
  const right = closest(inPlane, plane.right);
  const down = closest(inPlane.filter((axis) => Math.abs(dot(axis, right)) < 0.5), plane.down);
  const along = grid.steps.reduce((best, step) => Math.max(best, Math.abs(dot(unit(step), normal)) > 0.7 ? Math.abs(dot(step, normal)) : 0), 0);
  return { center: grid.center, right, down, sliceStep: multiply(normal, along || 1), mmPerPixel: 1 };
}

/** The same view, scaled so that the whole image is seen. */
export function fit(camera: Camera, grid: Grid, width: number, height: number): Camera {
  const across = 2 * grid.extent(camera.right);
  const down = 2 * grid.extent(camera.down);
  const mmPerPixel = Math.max(across / Math.max(1, width), down / Math.max(1, height)) || 1;
  const offset = subtract(grid.center, camera.center);
  const center = add(add(camera.center, camera.right, dot(offset, camera.right)), camera.down, dot(offset, camera.down));
  return { ...camera, center, mmPerPixel };
}

export const normalOf = (camera: Camera): P3 => unit(cross(camera.right, camera.down));

export function toWorld(camera: Camera, x: number, y: number, width: number, height: number): P3 {
  return add(add(camera.center, camera.right, (x - width / 2) * camera.mmPerPixel), camera.down, (y - height / 2) * camera.mmPerPixel);
}

export function toCanvas(camera: Camera, world: P3, width: number, height: number): readonly [number, number] {
  const offset = subtract(world, camera.center);
  return [width / 2 + dot(offset, camera.right) / camera.mmPerPixel, height / 2 + dot(offset, camera.down) / camera.mmPerPixel];
}

/** Where the corners of a picture of this size are in the patient, around it. */
export const cornersOf = (camera: Camera, width: number, height: number): P3[] =>
  ([[0, 0], [width, 0], [width, height], [0, height]] as const).map(([x, y]) => toWorld(camera, x, y, width, height));

/** Distance of a point from the plane that is shown, in slices. */
export function slicesAway(camera: Camera, world: P3): number {
  const normal = normalOf(camera);
  const step = dot(camera.sliceStep, normal);
  return Math.abs(dot(subtract(world, camera.center), normal) / (step || 1));
}

/** Number of slices across, and the one that is shown (from 0). */
export function slicePosition(camera: Camera, grid: Grid): { index: number; count: number } {
  const normal = normalOf(camera);
  const step = dot(camera.sliceStep, normal) || 1;
  const count = Math.max(1, Math.round((2 * grid.extent(normal)) / Math.abs(step)));
  const offset = dot(subtract(camera.center, grid.center), normal) / step;
  return { index: Math.round(offset + (count - 1) / 2), count };
}

/** Go to a slice by its number, staying inside the image. */
export function goToSlice(camera: Camera, grid: Grid, index: number): Camera {
  const { count } = slicePosition(camera, grid);
  const wanted = Math.min(count - 1, Math.max(0, index));
  const normal = normalOf(camera);
  const step = dot(camera.sliceStep, normal) || 1;
  const here = dot(subtract(camera.center, grid.center), normal) / step + (count - 1) / 2;
  return { ...camera, center: add(camera.center, camera.sliceStep, wanted - here) };
}

/** Move so that a place is in the middle and in the plane. */
export const lookTo = (camera: Camera, world: P3): Camera => ({ ...camera, center: world });

/** Move to the plane of a place, leaving the picture where it is. */
export function showPlaneOf(camera: Camera, world: P3): Camera {
  const normal = normalOf(camera);
  return { ...camera, center: add(camera.center, normal, dot(subtract(world, camera.center), normal)) };
}

export function zoomAt(camera: Camera, factor: number, world: P3): Camera {
  const offset = subtract(camera.center, world);
  return { ...camera, mmPerPixel: camera.mmPerPixel / factor, center: add(world, offset, 1 / factor) };
}

export const pan = (camera: Camera, dx: number, dy: number): Camera => ({
  ...camera,
  center: add(add(camera.center, camera.right, -dx * camera.mmPerPixel), camera.down, -dy * camera.mmPerPixel),
});

export const flip = (camera: Camera, way: "horizontal" | "vertical"): Camera =>
  way === "horizontal" ? { ...camera, right: multiply(camera.right, -1) } : { ...camera, down: multiply(camera.down, -1) };

/** Turn the picture clockwise. */
export function rotate(camera: Camera, degrees: number): Camera {
  const angle = (-degrees * Math.PI) / 180;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return { ...camera, right: add(multiply(camera.right, c), camera.down, s), down: add(multiply(camera.down, c), camera.right, -s) };
}

export const isWithin = (grid: Grid, place: P3): boolean => grid.contains(place);
