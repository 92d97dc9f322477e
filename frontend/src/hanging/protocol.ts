import type { DisplaySet, HangingProtocol, LookUpTable, ProtocolViewport, Segment, Socket, SocketValue } from "../contract";

export const viewportNames = [
  "main", "secondary", "tertiary", "quaternary", "quinary", "senary", "septenary", "octonary", "nonary", "denary",
  "undenary", "duodenary", "tredenary", "quattuordenary", "quindenary", "sexdenary", "septendenary", "octodenary",
  "novemdenary", "vigintenary",
] as const;

export type Orientation = NonNullable<ProtocolViewport["orientation"]>;

/** What a socket value is shown as. */
export type Showing = "image" | "overlay" | "chart" | "pdf" | "picture" | "video" | "value" | "annotation" | "file";

export interface Layer {
  readonly socket: Socket;
  readonly image: string;
  readonly lut: LookUpTable | null;
  readonly segments: Segment[] | null;
  readonly isSegmentation: boolean;
}

/** One viewport as it hangs: where it stands (fractions of the area) and what is in it. */
export interface Hung {
  readonly name: string;
  readonly place: { x: number; y: number; w: number; h: number };
  readonly order: number;
  readonly base: Layer | null;
  readonly overlays: readonly Layer[];
  readonly content: readonly SocketValue[];
  readonly labels: readonly string[];
  readonly orientation: Orientation | null;
  readonly isLinked: boolean;
  readonly isFullsizable: boolean;
  /** Keys and menus can act on it. */
  readonly isSelectable: boolean;
  /** A hand can move it. */
  readonly isDraggable: boolean;
  readonly startPosition: number | null;
  readonly overlayOpacity: number | null;
  /** The viewport whose plane is drawn as a line, and after how long the line fades. */
  readonly indicatorOf: string | null;
  readonly indicatorFadeMs: number | null;
  /** The viewport this one belongs to. */
  readonly parent: string | null;
  /** An image to read, the small whole of its parent's, or values over time at the parent's pointer. */
  readonly view: "image" | "minimap" | "time curve";
  /** What the corner text tells. */
  readonly shows: { readonly slice: boolean; readonly place: boolean; readonly value: boolean };
}

const views: Partial<Record<NonNullable<ProtocolViewport["specialized_view"]>, Hung["view"]>> = { minimap: "minimap", "intensity-over-time-chart": "time curve" };

const overlayKinds = ["Segmentation", "Heat Map", "Displacement field"];
const valueKinds = ["String", "Integer", "Float", "Bool", "Anything", "Choice", "Multiple choice"];
const fileShowing: Record<string, Showing> = {
  "PDF file": "pdf", "Thumbnail jpg": "picture", "Thumbnail png": "picture", "MP4 file": "video",
};

/** What a value of this socket is shown as. */
export function showingOf({ kind, super_kind }: Socket): Showing {
  if (overlayKinds.includes(kind)) return "overlay";
  if (super_kind === "Image") return "image";
  if (kind === "Chart") return "chart";
  if (valueKinds.includes(kind)) return "value";
  for (const [label, showing] of Object.entries(fileShowing)) if (kind.startsWith(label)) return showing;
  return super_kind === "Value" || /box|measurement|point|polygon|line|angle|ellipse/i.test(kind) ? "annotation" : "file";
}

const layerOf = (value: SocketValue): Layer => ({
  socket: value.interface,
  image: value.image ?? "",
  lut: value.interface.look_up_table ?? null,
  segments: value.interface.overlay_segments ?? null,
  isSegmentation: value.interface.kind === "Segmentation",
});

const isPicture = (value: SocketValue) => value.image !== null;

function hang(viewport: ProtocolViewport, place: Hung["place"], order: number, content: SocketValue[]): Hung {
  const pictures = content.filter(isPicture);
  const base = pictures.find((value) => showingOf(value.interface) === "image") ?? pictures[0];
  const overlays = pictures.filter((value) => value !== base);
  const words = content.filter((value) => !isPicture(value) && showingOf(value.interface) === "value" && base);
  return {
    name: viewport.viewport_name,
    place,
    order,
    base: base ? layerOf(base) : null,
    overlays: overlays.map(layerOf),
    content: content.filter((value) => !isPicture(value) && !(base && showingOf(value.interface) === "value")),
    labels: [viewport.label ?? "", ...words.map((value) => `${value.interface.title}: ${wordsOf(value)}`)].filter(Boolean),
    orientation: viewport.orientation ?? null,
    isLinked: viewport.linkable ?? true,
    isFullsizable: viewport.fullsizable ?? true,
    isSelectable: viewport.selectable ?? true,
    isDraggable: viewport.draggable ?? false,
    startPosition: viewport.relative_start_position ?? null,
    overlayOpacity: viewport.opacity ?? null,
    indicatorOf: viewport.slice_plane_indicator ?? (viewport.specialized_view === "3D-sideview" ? (viewport.parent_id ?? null) : null),
    indicatorFadeMs: viewport.slice_plane_indicator_fade_ms ?? null,
    parent: viewport.parent_id ?? null,
    view: (viewport.specialized_view && views[viewport.specialized_view]) ?? "image",
    shows: { slice: viewport.show_current_slice ?? true, place: viewport.show_mouse_coordinate ?? true, value: viewport.show_mouse_voxel_value ?? true },
  };
}

const wordsOf = ({ value }: SocketValue): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Columns and rows of a regular layout for a number of viewports on an area of this shape. */
export function gridFor(count: number, aspect: number): { columns: number; rows: number } {
  let best = { columns: 1, rows: Math.max(1, count), score: Infinity };
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(count / columns);
    const shape = (aspect * rows) / columns;
    const score = Math.abs(Math.log(shape)) + 0.6 * (columns * rows - count);
    if (score < best.score) best = { columns, rows, score };
  }
  return { columns: best.columns, rows: best.rows };
}

function gridPlaces(count: number, aspect: number): Hung["place"][] {
  const { columns, rows } = gridFor(count, aspect);
  return Array.from({ length: count }, (_, index) => ({
    x: (index % columns) / columns,
    y: Math.floor(index / columns) / rows,
    w: 1 / columns,
    h: 1 / rows,
  }));
}

/** Places of a protocol's viewports as fractions; a grid where it gives none. Viewports inside others overlap them. */
function placesOf(viewports: readonly ProtocolViewport[], aspect: number): Hung["place"][] {
  const boxes = viewports.map(({ x, y, w, h }) => ({ x: x ?? -1, y: y ?? -1, w: w ?? 0, h: h ?? 0 }));
  if (boxes.some(({ x, y, w, h }) => x < 0 || y < 0 || w <= 0 || h <= 0)) return gridPlaces(viewports.length, aspect);
  const across = Math.max(...boxes.map(({ x, w }) => x + w));
  const down = Math.max(...boxes.map(({ y, h }) => y + h));
  return boxes.map(({ x, y, w, h }) => ({ x: x / across, y: y / down, w: w / across, h: h / down }));
}

/** What belongs to another viewport and has no image of its own shows the other's. */
function withParents(hung: readonly Hung[]): Hung[] {
  return hung.map((each) => {
    const parent = hung.find(({ name }) => name === each.parent);
    return parent && !each.base && each.content.length === 0 ? { ...each, base: parent.base, overlays: parent.overlays } : each;
  });
}

/** Hang a case by its protocol; without one, by the number and kind of its images. */
export function hangCase(displaySet: DisplaySet, protocol: HangingProtocol | null = displaySet.hanging_protocol, aspect = 1.6): Hung[] {
  if (!protocol || protocol.json.length === 0 || Object.keys(displaySet.view_content).length === 0) return hangByDefault(displaySet, aspect);
  const viewports = protocol.json.filter(({ specialized_view }) => specialized_view !== "clientside");
  const places = placesOf(viewports, aspect);
  const fallback = { x: 0, y: 0, w: 1, h: 1 };
  const hung = viewports
    .map((viewport, index) => {
      const slugs = displaySet.view_content[viewport.viewport_name] ?? [];
      const content = slugs.flatMap((slug) => displaySet.values.filter((value) => value.interface.slug === slug));
      return hang(viewport, places[index] ?? fallback, viewport.order ?? index, content);
    })
    .sort((a, b) => a.order - b.order);
  return withParents(hung);
}

/** A good layout when nothing is said: each image in a viewport of its own, overlays on the first, the rest beside. */
export function hangByDefault(displaySet: DisplaySet, aspect = 1.6): Hung[] {
  const shown = displaySet.values.filter(({ interface: socket }) => !["annotation", "file"].includes(showingOf(socket)));
  const overlays = shown.filter((value) => showingOf(value.interface) === "overlay");
  const bases = shown.filter((value) => showingOf(value.interface) === "image");
  const words = shown.filter((value) => showingOf(value.interface) === "value");
  const others = shown.filter((value) => ["chart", "pdf", "picture", "video"].includes(showingOf(value.interface)));
  const groups = bases.length > 0 ? bases.map((base, index) => (index === 0 ? [base, ...overlays, ...words] : [base])) : overlays.length > 0 ? [[...overlays, ...words]] : [];
  const all = [...groups, ...others.map((value) => [value])];
  if (all.length === 0 && words.length > 0) all.push(words);
  const chosen = all.slice(0, viewportNames.length);
  const places = gridPlaces(chosen.length, aspect);
  return chosen.map((content, index) => {
    const name = viewportNames[index] ?? "main";
    const label = chosen.length > 1 ? (content[0]?.interface.title ?? "") : "";
    return hang({ viewport_name: name, label }, places[index] ?? { x: 0, y: 0, w: 1, h: 1 }, index, content);
  });
}
