import { expect, it } from "vitest";
import { flip, rotate, type Camera } from "./camera";
import { linkEverything, turnedAlike } from "./links";

const camera: Camera = { center: [0, 0, 0], right: [1, 0, 0], down: [0, 1, 0], mmPerPixel: 1, sliceStep: [0, 0, 1] };
const other: Camera = { center: [9, 9, 9], right: [0, -1, 0], down: [1, 0, 0], mmPerPixel: 0.5, sliceStep: [0, 0, 1] };
const plain = (axis: readonly number[]) => axis.map((each) => Math.round(each * 1e6) / 1e6 + 0);

it("mirrors a linked fellow on the screen, whatever way it stands", () => {
  const fellow = turnedAlike(other, camera, flip(camera, "horizontal"), linkEverything);
  expect(plain(fellow.right)).toEqual([0, 1, 0]);
  expect(plain(fellow.down)).toEqual([1, 0, 0]);
  expect(fellow.center).toEqual(other.center);
});

it("turns a linked fellow by the same angle", () => {
  const fellow = turnedAlike(other, camera, rotate(camera, 90), linkEverything);
  const alone = rotate(other, 90);
  expect(plain(fellow.right)).toEqual(plain(alone.right));
  expect(plain(fellow.down)).toEqual(plain(alone.down));
});

it("leaves a fellow as it stands where the study does not link this, and when only the place changed", () => {
  expect(turnedAlike(other, camera, flip(camera, "vertical"), { ...linkEverything, flipping: false })).toBe(other);
  expect(turnedAlike(other, camera, rotate(camera, 90), { ...linkEverything, orienting: false })).toBe(other);
  expect(turnedAlike(other, camera, { ...camera, center: [5, 5, 5] }, linkEverything)).toBe(other);
});
