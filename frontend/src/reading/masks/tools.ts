import type { Mask, Stroke } from "./volume";

type Triple = readonly [number, number, number];

/** Steps in millimetres for one index along x, y and z. */
export type Steps = readonly [Triple, Triple, Triple];

export interface Brush {
  readonly radius: number;
  readonly label: number;
  /** Normal of the plane a flat brush stays in; a ball without it. */
  readonly normal?: Triple;
  /** Only voxels whose value lies within are painted. */
  readonly range?: readonly [number, number];
  readonly lookUp?: (voxel: number) => number;
}

const dot = (a: Triple, b: Triple) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** Paint around a voxel position; radius and shape are in millimetres, whatever the spacing or tilt. */
export function paint(stroke: Stroke, steps: Steps, center: Triple, brush: Brush): void {
  const { size } = stroke.mask;
  const [columns, rows] = size;
  const reach = steps.map((step) => Math.ceil(brush.radius / Math.max(1e-6, Math.hypot(...step))) + 1);
  const low = center.map((at, axis) => Math.max(0, Math.floor(at - (reach[axis] ?? 0))));
  const high = center.map((at, axis) => Math.min((size[axis] ?? 1) - 1, Math.ceil(at + (reach[axis] ?? 0))));
  const halfThick = brush.normal ? 0.5 * Math.max(...steps.map((step) => Math.abs(dot(step, brush.normal ?? [0, 0, 1])))) : 0;
  for (let z = low[2] ?? 0; z <= (high[2] ?? 0); z += 1) {
    for (let y = low[1] ?? 0; y <= (high[1] ?? 0); y += 1) {
      for (let x = low[0] ?? 0; x <= (high[0] ?? 0); x += 1) {
        const offset = offsetOf(steps, [x - center[0], y - center[1], z - center[2]]);
        const along = brush.normal ? dot(offset, brush.normal) : 0;
        if (brush.normal && Math.abs(along) > halfThick + 1e-6) continue;
        if (dot(offset, offset) - along * along > brush.radius * brush.radius) continue;
        const voxel = x + columns * (y + rows * z);
        if (isInRange(brush, voxel)) stroke.set(voxel, brush.label);
      }
    }
  }
}

function offsetOf(steps: Steps, [i, j, k]: Triple): Triple {
  const [a, b, c] = steps;
  return [a[0] * i + b[0] * j + c[0] * k, a[1] * i + b[1] * j + c[1] * k, a[2] * i + b[2] * j + c[2] * k];
}

function isInRange({ range, lookUp }: Brush, voxel: number): boolean {
  if (!range || !lookUp) return true;
  const value = lookUp(voxel);
  return value >= range[0] && value <= range[1];
}

/** The voxels of one slice across `axis`: start, the two steps through it, and their counts. */
function sliceOf(mask: Mask, axis: 0 | 1 | 2, index: number) {
  const [columns, rows, slices] = mask.size;
  const strides = [1, columns, columns * rows] as const;
  const counts = [columns, rows, slices] as const;
  const [u, v] = axis === 0 ? ([1, 2] as const) : axis === 1 ? ([0, 2] as const) : ([0, 1] as const);
  return { start: index * strides[axis], u: strides[u], v: strides[v], across: counts[u], down: counts[v] };
}

/** Mark what lies inside a polygon drawn on one slice (even-odd rule); points are (u, v) voxel indices of that slice. */
export function cut(stroke: Stroke, axis: 0 | 1 | 2, index: number, polygon: readonly (readonly [number, number])[], label: number): void {
  const slice = sliceOf(stroke.mask, axis, index);
  for (let v = 0; v < slice.down; v += 1) {
    const crossings: number[] = [];
    polygon.forEach(([u1, v1], at) => {
      const [u2, v2] = polygon[(at + 1) % polygon.length] ?? [u1, v1];
      if (v1 <= v !== v2 <= v) crossings.push(u1 + ((v - v1) / (v2 - v1)) * (u2 - u1));
    });
    crossings.sort((a, b) => a - b);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const from = Math.max(0, Math.ceil(crossings[pair] ?? 0));
      const to = Math.min(slice.across - 1, Math.floor(crossings[pair + 1] ?? -1));
      for (let u = from; u <= to; u += 1) stroke.set(slice.start + u * slice.u + v * slice.v, label);
    }
  }
}

/** Fill the unmarked or equally marked area around a voxel of one slice. */
export function fill(stroke: Stroke, axis: 0 | 1 | 2, index: number, [u0, v0]: readonly [number, number], label: number): void {
  const slice = sliceOf(stroke.mask, axis, index);
  const at = (u: number, v: number) => slice.start + u * slice.u + v * slice.v;
  const old = stroke.mask.data[at(u0, v0)];
  if (old === undefined || old === label) return;
  const waiting: [number, number][] = [[u0, v0]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [u, v] = next;
    if (u < 0 || v < 0 || u >= slice.across || v >= slice.down || stroke.mask.data[at(u, v)] !== old) continue;
    stroke.set(at(u, v), label);
    waiting.push([u + 1, v], [u - 1, v], [u, v + 1], [u, v - 1]);
  }
}

/** Visit the voxels joined to `seed` through their faces that are free; visiting one must make it taken. */
function flood(size: Triple, seed: number, isFree: (voxel: number) => boolean, visit: (voxel: number) => void): void {
  const [columns, rows, slices] = size;
  const plane = columns * rows;
  const waiting: number[] = [];
  const offer = (voxel: number) => {
    if (!isFree(voxel)) return;
    visit(voxel);
    waiting.push(voxel);
  };
  offer(seed);
  for (let voxel = waiting.pop(); voxel !== undefined; voxel = waiting.pop()) {
    const x = voxel % columns;
    const y = Math.floor(voxel / columns) % rows;
    const z = Math.floor(voxel / plane);
    if (x > 0) offer(voxel - 1);
    if (x + 1 < columns) offer(voxel + 1);
    if (y > 0) offer(voxel - columns);
    if (y + 1 < rows) offer(voxel + columns);
    if (z > 0) offer(voxel - plane);
    if (z + 1 < slices) offer(voxel + plane);
  }
}

const mostGrown = 5_000_000;

/** Mark everything joined to the seed whose value is close to the seed's. */
export function grow(stroke: Stroke, seed: number, label: number, tolerance: number, valueOf: (voxel: number) => number): void {
  const around = valueOf(seed);
  const seen = new Uint8Array(stroke.mask.data.length);
  let count = 0;
  const isFree = (voxel: number) => seen[voxel] === 0 && count < mostGrown && Math.abs(valueOf(voxel) - around) <= tolerance;
  flood(stroke.mask.size, seed, isFree, (voxel) => {
    seen[voxel] = 1;
    count += 1;
    stroke.set(voxel, label);
  });
}

/** Keep the largest connected piece of a segment, unmark the others. */
export function removeIslands(stroke: Stroke, label: number): void {
  const { data, size } = stroke.mask;
  const seen = new Uint8Array(data.length);
  /** Turn a piece from one mark to the next; how large it is. */
  const turn = (seed: number, from: number) => {
    let count = 0;
    flood(size, seed, (voxel) => data[voxel] === label && seen[voxel] === from, (voxel) => {
      seen[voxel] = from + 1;
      count += 1;
    });
    return count;
  };
  let largest = { seed: -1, count: 0 };
  for (let seed = 0; seed < data.length; seed += 1) {
    const count = data[seed] === label && seen[seed] === 0 ? turn(seed, 0) : 0;
    if (count > largest.count) largest = { seed, count };
  }
  if (largest.count > 0) turn(largest.seed, 1);
  for (let voxel = 0; voxel < data.length; voxel += 1) if (seen[voxel] === 1) stroke.set(voxel, 0);
}

/** Mark every voxel of the volume whose value lies in the range and that is not marked yet. */
export function markRange(stroke: Stroke, label: number, [low, high]: readonly [number, number], valueOf: (voxel: number) => number): void {
  const { data } = stroke.mask;
  for (let voxel = 0; voxel < data.length; voxel += 1) {
    if (data[voxel] !== 0) continue;
    const value = valueOf(voxel);
    if (value >= low && value <= high) stroke.set(voxel, label);
  }
}
