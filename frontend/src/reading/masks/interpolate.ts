import type { Stroke } from "./volume";

const far = 1e9;

/** Distance to the outline in voxels, positive inside; a two-pass chamfer, exact enough for shapes drawn by hand. */
function signedDistance(inside: Uint8Array, columns: number, rows: number): Float32Array {
  const outward = chamfer(inside, columns, rows, 0);
  const inward = chamfer(inside, columns, rows, 1);
  return outward.map((value, index) => (inside[index] ? value : -(inward[index] ?? 0)));
}

/** Distance of every pixel to the nearest pixel that is `target`. */
function chamfer(inside: Uint8Array, columns: number, rows: number, target: 0 | 1): Float32Array {
  const distance = Float32Array.from(inside, (each) => (each === target ? 0 : far));
  const relax = (x: number, y: number, dx: number, dy: number) => {
    const [u, v] = [x + dx, y + dy];
    if (u < 0 || v < 0 || u >= columns || v >= rows) return;
    const offered = (distance[u + columns * v] ?? far) + (dx !== 0 && dy !== 0 ? Math.SQRT2 : 1);
    const at = x + columns * y;
    if (offered < (distance[at] ?? far)) distance[at] = offered;
  };
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) for (const [dx, dy] of [[-1, 0], [0, -1], [-1, -1], [1, -1]] as const) relax(x, y, dx, dy);
  }
  for (let y = rows - 1; y >= 0; y -= 1) {
    for (let x = columns - 1; x >= 0; x -= 1) for (const [dx, dy] of [[1, 0], [0, 1], [1, 1], [-1, 1]] as const) relax(x, y, dx, dy);
  }
  return distance;
}

/** Fill the slices between drawn ones (across z) by blending their outlines. */
export function interpolateSlices(stroke: Stroke, label: number): void {
  const [columns, rows, slices] = stroke.mask.size;
  const plane = columns * rows;
  const shape = (z: number) => stroke.mask.data.slice(z * plane, (z + 1) * plane).map((each) => (each === label ? 1 : 0));
  const drawn: number[] = [];
  for (let z = 0; z < slices; z += 1) if (stroke.mask.data.subarray(z * plane, (z + 1) * plane).includes(label)) drawn.push(z);
  drawn.slice(1).forEach((to, index) => {
    const from = drawn[index] ?? to;
    if (to - from < 2) return;
    const start = signedDistance(shape(from), columns, rows);
    const end = signedDistance(shape(to), columns, rows);
    for (let z = from + 1; z < to; z += 1) {
      const part = (z - from) / (to - from);
      for (let at = 0; at < plane; at += 1) {
        const blended = (start[at] ?? 0) * (1 - part) + (end[at] ?? 0) * part;
        if (blended > 0 && stroke.mask.data[z * plane + at] === 0) stroke.set(z * plane + at, label);
      }
    }
  });
}
