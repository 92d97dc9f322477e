/** Affine geometry of a regular grid of voxels: where index (i, j, k) is in the patient, and back. Tilted grids too. */
export type P3 = readonly [number, number, number];

export const add = (a: P3, b: P3, scale = 1): P3 => [a[0] + b[0] * scale, a[1] + b[1] * scale, a[2] + b[2] * scale];
export const subtract = (a: P3, b: P3): P3 => add(a, b, -1);
export const multiply = (a: P3, factor: number): P3 => [a[0] * factor, a[1] * factor, a[2] * factor];
export const dot = (a: P3, b: P3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: P3, b: P3): P3 => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
export const norm = (a: P3): number => Math.hypot(a[0], a[1], a[2]);
export const unit = (a: P3): P3 => multiply(a, 1 / (norm(a) || 1));

/** Rows of the inverse of the matrix whose columns are a, b, c. */
function inverseRows(a: P3, b: P3, c: P3): [P3, P3, P3] {
  const determinant = dot(a, cross(b, c)) || 1e-12;
  return [multiply(cross(b, c), 1 / determinant), multiply(cross(c, a), 1 / determinant), multiply(cross(a, b), 1 / determinant)];
}

export interface WireGeometry {
  origin: P3;
  directions: readonly [P3, P3, P3];
  spacing: P3;
  slice_step?: P3 | null;
}

export class Grid {
  readonly steps: readonly [P3, P3, P3];
  /** Orthonormal axes: along a row, down a column, and across both. */
  readonly axes: readonly [P3, P3, P3];
  readonly #inverse: [P3, P3, P3];

  constructor(
    readonly size: P3,
    readonly origin: P3,
    steps: readonly [P3, P3, P3],
  ) {
    this.steps = steps;
    const along = unit(steps[0]);
    const down = unit(subtract(steps[1], multiply(along, dot(steps[1], along))));
    const across = cross(along, down);
    this.axes = [along, down, dot(across, steps[2]) < 0 ? multiply(across, -1) : across];
    this.#inverse = inverseRows(...this.steps);
  }

  static of(size: P3, { origin, directions, spacing, slice_step }: WireGeometry): Grid {
    return new Grid(size, origin, [
      multiply(directions[0], spacing[0]),
      multiply(directions[1], spacing[1]),
      slice_step ?? multiply(directions[2], spacing[2]),
    ]);
  }

  toWorld([i, j, k]: P3): P3 {
    return add(add(add(this.origin, this.steps[0], i), this.steps[1], j), this.steps[2], k);
  }

  toIndex(world: P3): P3 {
    return this.turnToIndex(subtract(world, this.origin));
  }

  /** A step in the patient as a step in indices. */
  turnToIndex(step: P3): P3 {
    return [dot(this.#inverse[0], step), dot(this.#inverse[1], step), dot(this.#inverse[2], step)];
  }

  get center(): P3 {
    return this.toWorld([(this.size[0] - 1) / 2, (this.size[1] - 1) / 2, (this.size[2] - 1) / 2]);
  }

  contains(world: P3): boolean {
    return this.toIndex(world).every((at, axis) => at > -0.5 && at < (this.size[axis] ?? 1) - 0.5);
  }

  /** The span of the grid along a direction, in millimetres from its centre: half a voxel beyond the outer centres. */
  extent(direction: P3): number {
    return this.steps.reduce((sum, step, axis) => sum + Math.abs(dot(step, direction)) * (this.size[axis] ?? 1), 0) / 2;
  }

  isSameAs(other: Grid): boolean {
    const close = (a: P3, b: P3) => norm(subtract(a, b)) < 1e-3;
    return this.size.every((each, axis) => each === other.size[axis]) && close(this.origin, other.origin) && this.steps.every((step, axis) => close(step, other.steps[axis] ?? [0, 0, 0]));
  }
}
