import { expect, it } from "vitest";

import type { ProtocolViewport } from "../contract";

import { boundShift, hangCase, shifted, type Hung } from ".";

/** Viewports as they hang by a protocol. */
function hangAll(json: ProtocolViewport[]): Hung[] {
  const view_content = Object.fromEntries(json.map(({ viewport_name }) => [viewport_name, []]));
  return hangCase({ pk: "a", api_url: "", title_safe: "", reader_study: "", values: [], order: 1, index: 0, hanging_protocol: { pk: "p", title: "", svg_icon: "", json }, optional_hanging_protocols: [], view_content, description: "", descriptions_map_safe: {} });
}

const [main, inner, beside, alone] = hangAll([
  { viewport_name: "main", x: 0, y: 0, w: 4, h: 4 },
  { viewport_name: "secondary", x: 2, y: 0, w: 1, h: 1, parent_id: "main", draggable: true },
  { viewport_name: "tertiary", x: 4, y: 0, w: 4, h: 2, parent_id: "main", draggable: true },
  { viewport_name: "quaternary", x: 4, y: 2, w: 4, h: 2, selectable: false, draggable: true },
]) as [Hung, Hung, Hung, Hung];
const all = [main, inner, beside, alone];

it("knows which viewports can be moved, and which can be chosen", () => {
  expect(all.map(({ isDraggable }) => isDraggable)).toEqual([false, true, true, true]);
  expect(all.map(({ isSelectable }) => isSelectable)).toEqual([true, true, true, false]);
});

it("keeps a viewport within its parent", () => {
  expect(boundShift(inner, all, { x: -0.125, y: 0.25 })).toEqual({ x: -0.125, y: 0.25 });
  const far = shifted(inner.place, boundShift(inner, all, { x: 9, y: 9 }));
  expect(far).toEqual({ x: 0.375, y: 0.75, w: 0.125, h: 0.25 });
  expect(shifted(inner.place, boundShift(inner, all, { x: -9, y: -9 }))).toMatchObject({ x: 0, y: 0 });
});

it("keeps within the whole area what hangs beside its parent, or has none", () => {
  expect(shifted(beside.place, boundShift(beside, all, { x: -9, y: 9 }))).toEqual({ x: 0, y: 0.5, w: 0.5, h: 0.5 });
  expect(shifted(alone.place, boundShift(alone, all, { x: 1, y: -9 }))).toEqual({ x: 0.5, y: 0, w: 0.5, h: 0.5 });
});
