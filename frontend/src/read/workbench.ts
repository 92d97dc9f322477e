import type { Answer } from "../contract";
import { viewportNames, type Hung, type Shift } from "../hanging";
import { ViewingRoom, type Viewport } from "../imaging";
import { defaultKeys, Deeds, type Action, type AnnotationKind, type Cine, type DerivedView, type KeyMap, type Sketch } from "../reading";
import { Store } from "../ui";

import type { BrushSettings, MaskBench, MaskTool } from "./mask-bench";
import { originOf } from "./packs";
import type { Settings } from "./personal-settings";
import { isGraphicsForced } from "./workbench-settings";

export type Tool = "window" | "pan" | "zoom" | "scroll" | "probe" | "magnify" | AnnotationKind | MaskTool;

export interface Bench {
  tool: Tool;
  question: string | null;
  selected: { question: string; id: string } | null;
  sketch: { viewport: string; sketch: Sketch } | null;
  viewport: string;
  full: string | null;
  /** How far viewports were moved by hand, by name. */
  shifts: Readonly<Record<string, Shift>>;
  areAnnotationsHidden: boolean;
  areAllShown: boolean;
  isTextHidden: boolean;
  hasCrosslines: boolean;
  brush: BrushSettings;
  isPreviewing: boolean;
  isHelpOpen: boolean;
  /** Where the menu at the pointer is open, in the window. */
  menu: { readonly x: number; readonly y: number } | null;
  protocol: string | null;
  panelSide: "left" | "right";
  panelWidth: number;
  /** The questions stand in a window of their own, as soon as the browser has opened it. */
  isApart: boolean;
  apart: Window | null;
  /** Counts how often the images of a case were asked for again. */
  opening: number;
  /** A sentence for the reader, until it is read. */
  notice: string;
  keys: KeyMap;
  maskRevision: number;
  /** The view of annotated frames, when it is shown, and the answers of others that it may count. */
  derived: DerivedView | null;
  others: readonly Answer[];
  /** What is played, by viewport. */
  cines: Readonly<Record<string, Cine>>;
}

const benchOf = ({ panelSide = "right", panelWidth = 360, keys = defaultKeys }: Settings) => ({ panelSide, panelWidth, keys });

/** What a reader works with on the reading screen: tools, viewports, masks, undo. Outlives single cases. */
export class Workbench {
  readonly room = new ViewingRoom(originOf, isGraphicsForced());
  readonly masks = new Map<string, MaskBench>();
  /** What the reader painted whose annotated frames are shown, by question. */
  readonly lentMasks = new Map<string, MaskBench>();
  readonly deeds = new Deeds();
  readonly state: Store<Bench>;
  hung: Hung[] = [];
  /** Actions that the reading screen carries out; keys and buttons call them by name. */
  perform: (action: Action) => void = () => undefined;

  constructor(settings: Settings) {
    this.state = new Store<Bench>({
      tool: "window",
      question: null,
      selected: null,
      sketch: null,
      viewport: "main",
      full: null,
      shifts: {},
      areAnnotationsHidden: false,
      areAllShown: true,
      isTextHidden: false,
      hasCrosslines: false,
      brush: { radius: 5, isBall: false, label: 1, range: [100, 3000], tolerance: 40 },
      isPreviewing: false,
      isHelpOpen: false,
      menu: null,
      protocol: null,
      ...benchOf(settings),
      isApart: false,
      apart: null,
      opening: 0,
      notice: "",
      maskRevision: 0,
      derived: null,
      others: [],
      cines: {},
    });
  }

  get active(): Viewport | undefined {
    const { viewport } = this.state.get();
    return this.room.viewports.get(viewport) ?? this.room.viewports.values().next().value;
  }

  /** Let keys and menus act on this viewport from now on, unless its layout says that they never do. */
  activate(viewport: string): void {
    if (this.hung.find(({ name }) => name === viewport)?.isSelectable !== false) this.state.set({ viewport });
  }

  /** Take a tool; what was being drawn with another one is dropped. */
  choose(tool: Tool): void {
    this.state.set({ tool, sketch: null });
  }

  /** The viewport a question's answers are drawn on; the first with an image when it names none. */
  viewportOfPort(port: string): Viewport | undefined {
    const name = port.toLowerCase();
    return this.room.viewports.get(name) ?? viewportNames.map((each) => this.room.viewports.get(each)).find(Boolean);
  }

  /** The mask of a question that is seen: of the reader who is looked at, else one's own. */
  shownMask(question: string, own: MaskBench | undefined): MaskBench | undefined {
    return this.state.get().derived?.reader ? this.lentMasks.get(question) : own;
  }

  /** Hold a mask in memory; of earlier cases only the last few, the browser's storage has the others. */
  keepMask(mask: MaskBench): void {
    this.masks.delete(mask.key);
    this.masks.set(mask.key, mask);
    for (const key of [...this.masks.keys()].slice(0, -12)) this.masks.delete(key);
  }

  /** Settings have come from the account, or were changed. */
  takeSettings(settings: Settings): void {
    this.state.set(benchOf(settings));
  }

  /** Ask for the images of this case once more; those that are here stay. */
  openAgain(): void {
    this.state.set({ opening: this.state.get().opening + 1 });
  }

  setBrush(change: Partial<BrushSettings>): void {
    this.state.set({ brush: { ...this.state.get().brush, ...change } });
  }

  masksChanged(): void {
    this.state.set({ maskRevision: this.state.get().maskRevision + 1 });
    this.room.drawAll();
  }

  dropCase(): void {
    this.deeds.clear();
    this.state.set({ selected: null, sketch: null, full: null, menu: null, isPreviewing: false, protocol: null, derived: null, others: [], cines: {} });
  }
}
