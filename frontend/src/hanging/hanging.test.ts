import { describe, expect, it } from "vitest";

import type { DisplaySet, ProtocolViewport, SocketValue } from "../contract";

import { colorAt, gridFor, hangCase, heatPalette, paletteOf, percentile, segmentPalette, showingOf, windowOf } from ".";

function value(slug: string, kind: string, super_kind: "Image" | "File" | "Value", content: SocketValue["value"] = null): SocketValue {
  const socket = { pk: 1, title: slug.toUpperCase(), slug, kind, super_kind };
  return { pk: 1, interface: socket, value: content, file: super_kind === "File" ? `/files/${slug}` : null, image: super_kind === "Image" ? `/api/v1/cases/images/${slug}/` : null };
}

const ct = value("ct", "Image", "Image");
const pet = value("pet", "Image", "Image");
const mask = value("mask", "Segmentation", "Image");
const age = value("age", "Integer", "Value", 61);
const report = value("report", "PDF file .pdf", "File");

function makeSet(values: SocketValue[], json: ProtocolViewport[] = [], view_content: DisplaySet["view_content"] = {}): DisplaySet {
  const protocol = json.length > 0 ? { pk: "p", title: "", svg_icon: "", json } : null;
  return { pk: "a", api_url: "", title_safe: "", reader_study: "", values, order: 1, index: 0, hanging_protocol: protocol, optional_hanging_protocols: [], view_content, description: "", descriptions_map_safe: {} };
}

describe("hanging by protocol", () => {
  it("places viewports as fractions, in their order, with base, overlays and labels", () => {
    const hung = hangCase(makeSet([ct, pet, mask, age], [
      { viewport_name: "secondary", x: 2, y: 0, w: 2, h: 2, order: 2, orientation: "coronal", linkable: false },
      { viewport_name: "main", x: 0, y: 0, w: 2, h: 2, order: 1, label: "Chest", relative_start_position: 0.25, opacity: 0.3 },
    ], { main: ["ct", "mask", "age"], secondary: ["pet"] }));
    expect(hung.map(({ name }) => name)).toEqual(["main", "secondary"]);
    expect(hung[0]).toMatchObject({ place: { x: 0, y: 0, w: 0.5, h: 1 }, labels: ["Chest", "AGE: 61"], startPosition: 0.25, overlayOpacity: 0.3, isLinked: true });
    expect(hung[0]?.base?.image).toBe("/api/v1/cases/images/ct/");
    expect(hung[0]?.overlays.map(({ isSegmentation }) => isSegmentation)).toEqual([true]);
    expect(hung[1]).toMatchObject({ orientation: "coronal", isLinked: false, place: { x: 0.5, y: 0, w: 0.5, h: 1 } });
  });

  it("makes a grid where a protocol gives no places, for up to twenty viewports", () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ viewport_name: String(index) }));
    const hung = hangCase(makeSet([ct], many, { "0": ["ct"] }));
    const area = hung.reduce((sum, { place }) => sum + place.w * place.h, 0);
    expect(hung).toHaveLength(20);
    expect(area).toBeGreaterThan(0.8);
    expect(area).toBeLessThanOrEqual(1 + 1e-9);
  });

  it("shows an overlay as the image where there is no other", () => {
    const [main] = hangCase(makeSet([mask], [{ viewport_name: "main" }], { main: ["mask"] }));
    expect(main?.base?.isSegmentation).toBe(true);
    expect(main?.overlays).toEqual([]);
  });

  it("gives a side view the image and the line of its parent, a minimap its parent's image, a curve none to read", () => {
    const hung = hangCase(makeSet([ct, pet, mask], [
      { viewport_name: "main", slice_plane_indicator: "secondary", slice_plane_indicator_fade_ms: 500, show_current_slice: false, show_mouse_voxel_value: false },
      { viewport_name: "side", specialized_view: "3D-sideview", parent_id: "main", orientation: "sagittal" },
      { viewport_name: "map", specialized_view: "minimap", parent_id: "main" },
      { viewport_name: "secondary", specialized_view: "intensity-over-time-chart", parent_id: "main", draggable: true },
      { viewport_name: "tertiary", specialized_view: "clientside" },
    ], { main: ["ct", "mask"], side: ["pet"], map: [], secondary: [] }));
    expect(hung.map(({ name, view }) => [name, view])).toEqual([["main", "image"], ["side", "image"], ["map", "minimap"], ["secondary", "time curve"]]);
    expect(hung[0]).toMatchObject({ indicatorOf: "secondary", indicatorFadeMs: 500, shows: { slice: false, place: true, value: false } });
    expect(hung[1]).toMatchObject({ indicatorOf: "main", indicatorFadeMs: null, orientation: "sagittal", base: { socket: { slug: "pet" } } });
    expect(hung[2]).toMatchObject({ indicatorOf: null, parent: "main", base: { socket: { slug: "ct" } } });
    expect(hung[2]?.overlays).toHaveLength(1);
  });

  it("leaves a viewport empty whose sockets are not filled", () => {
    const hung = hangCase(makeSet([ct], [{ viewport_name: "main" }, { viewport_name: "secondary" }], { main: ["ct"], secondary: ["pet"] }));
    expect(hung[1]).toMatchObject({ base: null, content: [] });
  });
});

describe("hanging by default", () => {
  it("gives each image a viewport, the overlay to the first, documents their own", () => {
    const hung = hangCase(makeSet([ct, pet, mask, report, age]));
    expect(hung.map(({ base, content }) => base?.socket.slug ?? content[0]?.interface.slug)).toEqual(["ct", "pet", "report"]);
    expect(hung[0]?.overlays).toHaveLength(1);
  });

  it("shows values when there is nothing else, and nothing when there is nothing", () => {
    expect(hangCase(makeSet([age]))[0]?.content).toEqual([age]);
    expect(hangCase(makeSet([]))).toEqual([]);
  });

  it("lays viewports out by the shape of the screen", () => {
    expect(gridFor(2, 1.8)).toEqual({ columns: 2, rows: 1 });
    expect(gridFor(2, 0.5)).toEqual({ columns: 1, rows: 2 });
    expect(gridFor(4, 1.6)).toEqual({ columns: 2, rows: 2 });
  });

  it("knows what a socket is shown as", () => {
    expect([ct, mask, age, report, value("c", "Chart", "File"), value("p", "Multiple points", "File")].map((each) => showingOf(each.interface))).toEqual(["image", "overlay", "value", "pdf", "chart", "annotation"]);
  });
});

describe("windows and colours", () => {
  it("takes percentiles with interpolation", () => {
    expect(percentile([0, 10, 20, 30], 50)).toBe(15);
    const preset = { pk: 1, slug: "", title: "", center: null, width: null, lower_percentile: 25, upper_percentile: 75 };
    expect(windowOf(preset, [0, 10, 20, 30, 40])).toEqual({ center: 20, width: 20 });
    expect(windowOf({ ...preset, center: 40, width: 400 }, [])).toEqual({ center: 40, width: 400 });
  });

  it("reads look-up tables of either scale", () => {
    const table = { pk: 1, slug: "", title: "", color: "[0 0 0 0.0, 255 0 0 1.0]", alpha: "[0 0.0, 1 1.0]", range_min: null, range_max: null, relative: null, color_interpolation: "RGB" as const };
    const palette = paletteOf(table);
    expect([...palette.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect([...palette.subarray(1020)]).toEqual([255, 0, 0, 255]);
    expect([...paletteOf({ ...table, color: "[0 0 0 0, 1 1 1 255]", alpha: "[1 0, 1 255]" }).subarray(1020)]).toEqual([255, 255, 255, 255]);
  });

  it("keeps label 0 and hidden segments clear", () => {
    const palette = segmentPalette([{ name: "a", visible: true, voxel_value: 1 }, { name: "b", visible: false, voxel_value: 2 }], new Set([3]));
    expect([0, 1, 2, 3].map((label) => palette[label * 4 + 3])).toEqual([0, 255, 0, 0]);
    expect(heatPalette[3]).toBe(0);
    expect(colorAt(-1)).toMatch(/^#/);
  });
});
