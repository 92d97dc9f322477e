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

/** Collects the voxels that a gesture touches; the mask is changed at once, the change is handed out at its end. */
export class Stroke {
  readonly #before = new Map<number, number>();

  constructor(readonly mask: Mask) {}

  set(voxel: number, label: number): void {
    const old = this.mask.data[voxel];
    if (old === undefined || old === label) return;
    if (!this.#before.has(voxel)) this.#before.set(voxel, old);
    this.mask.data[voxel] = label;
  }

  end(): MaskChange {
    const voxels = Uint32Array.from(this.#before.keys());
    return {
      voxels,
      before: Uint8Array.from(this.#before.values()),
      after: voxels.reduce((after, voxel, index) => {
        after[index] = this.mask.data[voxel] ?? 0;
        return after;
      }, new Uint8Array(voxels.length)),
    };
  }
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
  const sum = [0, 0, 0];
  let count = 0;
  mask.data.forEach((each, voxel) => {
    if (each !== label) return;
    sum[0] = (sum[0] ?? 0) + (voxel % columns);
    sum[1] = (sum[1] ?? 0) + (Math.floor(voxel / columns) % rows);
    sum[2] = (sum[2] ?? 0) + Math.floor(voxel / (columns * rows));
    count += 1;
  });
  return count === 0 ? undefined : [(sum[0] ?? 0) / count, (sum[1] ?? 0) / count, (sum[2] ?? 0) / count];
}

/** Numbers of the slices along an axis in which something is marked, in order. */
export function markedSlices({ size, data }: Mask, axis: 0 | 1 | 2): number[] {
  const stride = axis === 0 ? 1 : axis === 1 ? size[0] : size[0] * size[1];
  const found = new Set<number>();
  for (let voxel = 0; voxel < data.length; voxel += 1) if (data[voxel]) found.add(Math.floor(voxel / stride) % size[axis]);
  return [...found].sort((a, b) => a - b);
}
