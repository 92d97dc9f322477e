import { Menu } from "@mantine/core";

import { keysFor, lockOf, questionsOf, type Action } from "../reading";

import { useReading } from "./desk-context";
import { hiddenParts } from "./switches";
import { drawingTools, navigationTools } from "./tool-names";

const views: { action: Action; label: string }[] = [
  { action: "fit", label: "Fit" },
  { action: "reset", label: "Reset" },
  { action: "invert", label: "Invert" },
  { action: "full-viewport", label: "One viewport full, and back" },
];

/** Tools where the hand is: a press of the right button that moves nothing opens it. */
export function PointerMenu() {
  const { bench, session, state, config } = useReading();
  const { menu, selected } = state;
  if (!menu) return null;
  const hidden = hiddenParts(config);
  const close = () => bench.state.set({ menu: null });
  const question = questionsOf(session).find(({ pk }) => pk === selected?.question);
  const mayDelete = question !== undefined && lockOf(session, question) === null;
  const hint = (action: Action) => <small>{keysFor(state.keys, action)[0] ?? ""}</small>;
  return (
    <Menu key={`${String(menu.x)} ${String(menu.y)}`} opened onClose={close} position="right-start" shadow="md" withinPortal>
      <Menu.Target>
        <button type="button" className="pointer-menu" tabIndex={-1} aria-label="Tools at the pointer" style={{ left: menu.x, top: menu.y }} />
      </Menu.Target>
      <Menu.Dropdown mah="80vh" style={{ overflowY: "auto" }}>
        {[...navigationTools(config), ...drawingTools(session)].map(({ tool, label, action }) => (
          <Menu.Item key={tool} py={4} onClick={() => bench.choose(tool)} rightSection={hint(action)} fw={state.tool === tool ? 700 : undefined}>{label}</Menu.Item>
        ))}
        <Menu.Divider />
        {views.filter(({ action }) => !hidden.has(action)).map(({ action, label }) => (
          <Menu.Item key={action} py={4} onClick={() => bench.perform(action)} rightSection={hint(action)}>{label}</Menu.Item>
        ))}
        {mayDelete && <Menu.Item py={4} onClick={() => bench.perform("delete")} rightSection={hint("delete")}>Delete the selected annotation</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
