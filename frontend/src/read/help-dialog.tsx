import { Button, Group, Modal, SimpleGrid, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useEffect, useState } from "react";

import { actions, bindKey, chordOf, defaultKeys, keysFor, type Action } from "../reading";
import { CleanHtml, KeyName } from "../ui";

import { useReading } from "./desk-context";
import { keepSettings } from "./workbench";

/** All keys, each of which may be changed; and the study's own help. */
export function HelpDialog() {
  const { bench, state, session } = useReading();
  const [waiting, setWaiting] = useState<Action | null>(null);
  useEffect(() => {
    if (!waiting) return;
    const take = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      const chord = chordOf(event);
      if (!chord) return;
      const keys = chord === "Escape" ? state.keys : bindKey(state.keys, chord, waiting);
      bench.state.set({ keys });
      keepSettings({ keys });
      setWaiting(null);
    };
    addEventListener("keydown", take, true);
    return () => removeEventListener("keydown", take, true);
  }, [waiting, state.keys, bench]);
  return (
    <Modal opened={state.isHelpOpen} onClose={() => bench.state.set({ isHelpOpen: false })} title="Help and keys" size="xl" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        {session.study?.help_text_safe && <CleanHtml html={session.study.help_text_safe} />}
        <Text size="sm" c="dimmed">
          Wheel: slices. Ctrl+wheel: zoom. Middle button or Shift: pan. Right button: zoom. Double click: one viewport full. Numbers choose an option of the active question, Alt and numbers a window. F6 goes from the bar to the images to the questions. Click a key to change it.
        </Text>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg" verticalSpacing={4}>
          {(Object.keys(actions) as Action[]).map((action) => (
            <Group key={action} justify="space-between" wrap="nowrap" gap="xs">
              <Text size="sm">{actions[action]}</Text>
              <button type="button" className="tool" onClick={() => setWaiting(action)}>
                <VisuallyHidden>Change the key for {actions[action]}: </VisuallyHidden>
                {waiting === action ? "press a key…" : keysFor(state.keys, action).map((chord) => <span key={chord} style={{ marginLeft: 8 }}><KeyName chord={chord} /></span>)}
                {waiting !== action && keysFor(state.keys, action).length === 0 ? "none" : ""}
              </button>
            </Group>
          ))}
        </SimpleGrid>
        <Group>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              bench.state.set({ keys: defaultKeys });
              keepSettings({ keys: defaultKeys });
            }}
          >
            Standard keys again
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
