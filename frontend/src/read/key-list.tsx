import { Button, Group, SimpleGrid, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useEffect, useState } from "react";

import { actions, bindKey, chordOf, defaultKeys, keysFor, type Action, type KeyMap } from "../reading";
import { KeyName } from "../ui";

/** What each key does; a press on one waits for another key. */
export function KeyList({ keys, onChange }: { keys: KeyMap; onChange: (keys: KeyMap) => void }) {
  const [waiting, setWaiting] = useState<Action | null>(null);
  const [note, setNote] = useState("");
  useEffect(() => {
    if (!waiting) return;
    const take = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      const chord = chordOf(event);
      if (!chord) return;
      setWaiting(null);
      if (chord === "Escape") return;
      const former = keys[chord];
      setNote(former && former !== waiting ? `“${actions[former]}” had that key before.` : "");
      onChange(bindKey(keys, chord, waiting));
    };
    addEventListener("keydown", take, true);
    return () => removeEventListener("keydown", take, true);
  }, [waiting, keys, onChange]);
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl" verticalSpacing={4}>
        {(Object.keys(actions) as Action[]).map((action) => {
          const bound = keysFor(keys, action);
          return (
            <Group key={action} justify="space-between" wrap="nowrap" gap="xs">
              <Text size="sm">{actions[action]}</Text>
              <button type="button" className="tool" aria-pressed={waiting === action} onClick={() => setWaiting(action)}>
                <VisuallyHidden>Change the key for {actions[action]}: </VisuallyHidden>
                {waiting === action ? "press a key, or Esc" : bound.length === 0 ? "none" : bound.map((chord) => <span key={chord} style={{ marginLeft: 8 }}><KeyName chord={chord} /></span>)}
              </button>
            </Group>
          );
        })}
      </SimpleGrid>
      <Text size="sm" c="dimmed" role="status">{note}</Text>
      <Group>
        <Button size="xs" variant="default" onClick={() => onChange(defaultKeys)}>Standard keys again</Button>
      </Group>
    </Stack>
  );
}
