import { Menu } from "@mantine/core";

import type { Orientation } from "../imaging";
import { currentCase, deriveView, keysFor, type Action } from "../reading";

import { setCine } from "./cine-bar";
import { useReading } from "./desk-context";
import { hiddenParts } from "./switches";
import { keepSettings } from "./workbench-settings";

const planes: { value: Orientation; label: string }[] = [
  { value: "native", label: "As acquired" },
  { value: "axial", label: "Axial" },
  { value: "coronal", label: "Coronal" },
  { value: "sagittal", label: "Sagittal" },
];

const slabs = [
  { label: "One slice", method: "Maximum", millimeters: 0 },
  { label: "Maximum 10 mm", method: "Maximum", millimeters: 10 },
  { label: "Minimum 10 mm", method: "Minimum", millimeters: 10 },
  { label: "Average 10 mm", method: "Average", millimeters: 10 },
] as const;

const pictureActions: { action: Action; label: string }[] = [
  { action: "flip-horizontal", label: "Flip left and right" },
  { action: "flip-vertical", label: "Flip up and down" },
  { action: "rotate", label: "Rotate by 90°" },
  { action: "fit", label: "Fit" },
  { action: "actual-size", label: "One to one" },
  { action: "reset", label: "Reset" },
  { action: "crosslines", label: "Cross-reference lines" },
  { action: "hide-text", label: "Corner text" },
  { action: "hide-annotations", label: "Annotations" },
];

/** How volumes are cut. */
function CutItems() {
  const { bench, config } = useReading();
  const viewport = bench.active;
  const hidden = hiddenParts(config);
  return (
    <>
      {!hidden.has("planes") && (
        <>
          <Menu.Label>Plane</Menu.Label>
          {planes.map(({ value, label }) => (
            <Menu.Item key={value} py={4} disabled={value !== "native" && (viewport?.image.slices ?? 1) < 2} onClick={() => viewport && bench.room.orient(viewport, value)}>{label}</Menu.Item>
          ))}
        </>
      )}
      {!hidden.has("slabs") && (
        <>
          <Menu.Label>Slab</Menu.Label>
          {slabs.map(({ label, ...slab }) => (
            <Menu.Item key={label} py={4} onClick={() => viewport?.setLook({ slab })}>{label}</Menu.Item>
          ))}
        </>
      )}
    </>
  );
}

/** What lies over the image: each overlay can be lifted off and laid on again. */
function OverlayItems() {
  const { bench, config } = useReading();
  const overlays = bench.active?.overlays ?? [];
  if (overlays.length === 0 || hiddenParts(config).has("overlays")) return null;
  return (
    <>
      <Menu.Label>Overlays</Menu.Label>
      {overlays.map(({ name, image, isVisible }) => (
        <Menu.Item key={image.key} py={4} onClick={() => { bench.room.showOverlay(image, !isVisible); bench.state.set({}); }}>{isVisible ? "Hide" : "Show"} <bdi>{name}</bdi></Menu.Item>
      ))}
    </>
  );
}

function PictureItems() {
  const { bench, session, state, config } = useReading();
  const viewport = bench.active;
  const hidden = hiddenParts(config);
  const isLinked = viewport !== undefined && bench.room.linked.has(viewport.id);
  return (
    <>
      <Menu.Label>Picture</Menu.Label>
      <Menu.Item py={4} disabled={(viewport?.image.frames ?? 1) < 2} onClick={() => viewport && setCine(bench, viewport, ({ isPlaying }) => ({ isPlaying: !isPlaying }))}>Play, or stop</Menu.Item>
      {pictureActions.filter(({ action }) => !hidden.has(action)).map(({ action, label }) => (
        <Menu.Item key={action} py={4} onClick={() => bench.perform(action)} rightSection={<small>{keysFor(state.keys, action)[0] ?? ""}</small>}>{label}</Menu.Item>
      ))}
      <Menu.Item py={4} onClick={() => bench.state.set({ derived: state.derived ? null : deriveView(currentCase(session)?.pk ?? "") })}>{state.derived ? "All frames" : "Annotated frames only"}</Menu.Item>
      {session.study?.allow_show_all_annotations && (
        <Menu.Item onClick={() => bench.state.set({ areAllShown: !state.areAllShown })}>{state.areAllShown ? "Annotations of the active question only" : "Annotations of all questions"}</Menu.Item>
      )}
      {viewport && bench.room.viewports.size > 1 && (
        <Menu.Item py={4} onClick={() => { bench.room.link(viewport.id, !isLinked); bench.state.set({}); }}>{isLinked ? "Move alone" : "Move with the others"}</Menu.Item>
      )}
    </>
  );
}

/** Where the questions stand, and which layout the case hangs in. */
function PlaceItems() {
  const { bench, session, state } = useReading();
  const optional = currentCase(session)?.optional_hanging_protocols ?? [];
  return (
    <>
      <Menu.Label>Questions</Menu.Label>
      {(["right", "left"] as const).map((panelSide) => (
        <Menu.Item
          key={panelSide}
          py={4}
          disabled={!state.isApart && state.panelSide === panelSide}
          onClick={() => {
            bench.state.set({ isApart: false, panelSide });
            keepSettings({ panelSide });
          }}
        >
          On the {panelSide}
        </Menu.Item>
      ))}
      <Menu.Item py={4} disabled={state.isApart} onClick={() => bench.state.set({ isApart: true })}>In a window of their own</Menu.Item>
      {optional.length > 0 && (
        <>
          <Menu.Label>Layout</Menu.Label>
          <Menu.Item onClick={() => bench.state.set({ protocol: null })}>Standard</Menu.Item>
          {optional.map(({ pk, title }) => (
            <Menu.Item key={pk} onClick={() => bench.state.set({ protocol: pk })}>{title}</Menu.Item>
          ))}
        </>
      )}
    </>
  );
}

export function ViewMenu() {
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <button type="button" className="tool">View ▾</button>
      </Menu.Target>
      <Menu.Dropdown mah="80vh" style={{ overflowY: "auto" }}>
        <CutItems />
        <OverlayItems />
        <PictureItems />
        <PlaceItems />
      </Menu.Dropdown>
    </Menu>
  );
}
