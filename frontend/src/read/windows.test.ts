import { expect, it } from "vitest";

import type { WindowPreset } from "../contract";
import type { Viewport } from "../imaging";

import { windowChoices } from "./windows";

/** A viewport that counts how often its values were sorted. */
function makeViewport() {
  const sorted = { times: 0 };
  const index = { header: { modality: "CT", windows: [] }, window: [100, 200] };
  const image = {
    index,
    get sortedValues() {
      sorted.times += 1;
      return [0, 50, 100];
    },
  };
  return { sorted, viewport: { image } as unknown as Viewport };
}

const fixed: WindowPreset = { pk: 1, slug: "lung", title: "Lung", center: -600, width: 1500, lower_percentile: null, upper_percentile: null };
const ranked: WindowPreset = { ...fixed, title: "Middle half", center: null, width: null, lower_percentile: 25, upper_percentile: 75 };

it("sorts values only for windows by percentiles", () => {
  const { sorted, viewport } = makeViewport();
  expect(windowChoices(viewport, []).at(-1)).toEqual({ title: "Automatic", center: 100, width: 200 });
  expect(windowChoices(viewport, [fixed])[0]).toEqual({ title: "Lung", center: -600, width: 1500 });
  expect(sorted.times).toBe(0);
  expect(windowChoices(viewport, [fixed, ranked])[1]).toEqual({ title: "Middle half", center: 50, width: 50 });
  expect(sorted.times).toBe(1);
});
