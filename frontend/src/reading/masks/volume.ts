/** A mask: one small number per voxel, 0 where nothing is marked; x runs fastest, then y, then z. */
export interface Mask {
  readonly size: readonly [number, number, number];
  readonly data: Uint8Array;
}

export const emptyMask = (size: readonly [number, number, number]): Mask => ({ size, data: new Uint8Array(size[0] * size[1] * size[2]) });

/** What one gesture changed, so that it can be taken back and repeated. */
export interface MaskChange {
  readonly voxels: Uint32Array;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Beyond this many voxels a copy of the mask is smaller than a list of what they were. */
const mostListed = 1_000_000;

/** Collects the voxels that a gesture touches; the mask is changed at once, the change is handed out at its end. */
export class Stroke {
  readonly #before = new Map<number, number>();
  #original: Uint8Array | undefined;

  constructor(readonly mask: Mask) {}

  set(voxel: number, label: number): void {
    const { data } = this.mask;
    const old = data[voxel];
    if (old === undefined || old === label) return;
    if (!this.#original && !this.#before.has(voxel)) this.#note(voxel, old);
    data[voxel] = label;
  }

  #note(voxel: number, old: number): void {
    this.#before.set(voxel, old);
    if (this.#before.size <= mostListed) return;
    const original = this.mask.data.slice();
    for (const [each, label] of this.#before) original[each] = label;
    this.#before.clear();
    this.#original = original;
  }

  end(): MaskChange {
    const { data } = this.mask;
    const voxels = this.#original ? differing(this.#original, data) : Uint32Array.from(this.#before.keys());
    const before = this.#original ? labelsAt(this.#original, voxels) : Uint8Array.from(this.#before.values());
    return { voxels, before, after: labelsAt(data, voxels) };
  }
}

function labelsAt(data: Uint8Array, voxels: Uint32Array): Uint8Array {
  const labels = new Uint8Array(voxels.length);
  for (let index = 0; index < voxels.length; index += 1) labels[index] = data[voxels[index] ?? 0] ?? 0;
  return labels;
}

/** Where two masks differ. */
function differing(a: Uint8Array, b: Uint8Array): Uint32Array {
  let count = 0;
  for (let voxel = 0; voxel < a.length; voxel += 1) if (a[voxel] !== b[voxel]) count += 1;
  const found = new Uint32Array(count);
  for (let voxel = 0, at = 0; at < count; voxel += 1) if (a[voxel] !== b[voxel]) found[at++] = voxel;
  return found;
}

export function applyChange(mask: Mask, change: MaskChange, direction: "undo" | "redo"): void {
  const labels = direction === "undo" ? change.before : change.after;
  change.voxels.forEach((voxel, index) => {
    mask.data[voxel] = labels[index] ?? 0;
  });
}

export function countVoxels(mask: Mask, label?: number): number {
  let count = 0;
  for (const each of mask.data) if (label === undefined ? each !== 0 : each === label) count += 1;
  return count;
}

/** The middle of a segment in voxel indices, for jumping to it. */
export function centerOf(mask: Mask, label: number): [number, number, number] | undefined {
  const [columns, rows] = mask.size;
  const sum: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (let voxel = 0; voxel < mask.data.length; voxel += 1) {
    if (mask.data[voxel] !== label) continue;
    sum[0] += voxel % columns;
    sum[1] += Math.floor(voxel / columns) % rows;
    sum[2] += Math.floor(voxel / (columns * rows));
    count += 1;
  }
  return count === 0 ? undefined : [sum[0] / count, sum[1] / count, sum[2] / count];
}

/** Numbers of the slices along an axis in which something is marked, in order. */
export function markedSlices({ size, data }: Mask, axis: 0 | 1 | 2): number[] {
  const stride = axis === 0 ? 1 : axis === 1 ? size[0] : size[0] * size[1];
  const found = new Set<number>();
  for (let voxel = 0; voxel < data.length; voxel += 1) if (data[voxel]) found.add(Math.floor(voxel / stride) % size[axis]);
  return [...found].sort((a, b) => a - b);
}
