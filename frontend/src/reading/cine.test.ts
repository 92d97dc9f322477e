import { expect, it } from "vitest";

import { changeCine, nextFrame, startCine } from "./cine";

it("starts with all frames at the pace they were taken", () => {
  expect(startCine(20, 0.04)).toEqual({ isPlaying: false, framesPerSecond: 25, first: 0, last: 19 });
  expect(startCine(1, null)).toMatchObject({ framesPerSecond: 10, last: 0 });
  expect(startCine(5, 0.001).framesPerSecond).toBe(60);
});

it("plays its range again and again", () => {
  const cine = changeCine(startCine(10, null), { first: 2, last: 4 }, 10);
  expect([2, 3, 4, 9, 0].map((at) => nextFrame(cine, at))).toEqual([3, 4, 2, 2, 2]);
});

it("plays chosen frames only", () => {
  const cine = changeCine(startCine(10, null), { last: 7 }, 10);
  expect([0, 3, 6, 7].map((at) => nextFrame(cine, at, [3, 6, 9]))).toEqual([3, 6, 3, 3]);
  expect(nextFrame(cine, 5, [9])).toBe(5);
});

it("keeps pace and range to what there is", () => {
  const cine = startCine(10, null);
  expect(changeCine(cine, { last: 50 }, 10).last).toBe(9);
  expect(changeCine(cine, { first: 6 }, 10)).toMatchObject({ first: 6, last: 9 });
  expect(changeCine(changeCine(cine, { first: 6 }, 10), { last: 3 }, 10)).toMatchObject({ first: 3, last: 3 });
  expect(changeCine(changeCine(cine, { last: 3 }, 10), { first: 6 }, 10)).toMatchObject({ first: 6, last: 6 });
  expect([0, 500, Number.NaN].map((framesPerSecond) => changeCine(cine, { framesPerSecond }, 10).framesPerSecond)).toEqual([1, 60, 1]);
});
