import { Button, Container, Group, SegmentedControl, Stack, Text, Title, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { useEffect, useState } from "react";

import { actions, bindKey, chordOf, defaultKeys, keysFor, type Action, type KeyMap } from "../reading";
import { goTo, KeyName } from "../ui";

import { keepSettings, readSettings } from "./workbench-settings";

/** What an expert wants to change, in one place. */
export function SettingsPage() {
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const [keys, setKeys] = useState<KeyMap>(readSettings().keys ?? defaultKeys);
  const [side, setSide] = useState(readSettings().panelSide ?? "right");
  const [waiting, setWaiting] = useState<Action | null>(null);
  useEffect(() => {
    if (!waiting) return;
    const take = (event: KeyboardEvent) => {
      const chord = chordOf(event);
      if (!chord) return;
      event.preventDefault();
      const next = chord === "Escape" ? keys : bindKey(keys, chord, waiting);
      setKeys(next);
      keepSettings({ keys: next });
      setWaiting(null);
    };
    addEventListener("keydown", take, true);
    return () => removeEventListener("keydown", take, true);
  }, [waiting, keys]);
  return (
    <Container size="sm" py="lg" component="main">
      <Group justify="space-between" mb="lg">
        <Title order={1} size="h2">Settings</Title>
        <Button variant="default" onClick={() => goTo("/")}>My studies</Button>
      </Group>
      <Stack gap="lg">
        <Group justify="space-between">
          <Text id="scheme">Pages</Text>
          <SegmentedControl aria-labelledby="scheme" data={[{ value: "dark", label: "Dark" }, { value: "light", label: "Light" }, { value: "auto", label: "As the system" }]} value={colorScheme} onChange={(value) => setColorScheme(value as "dark" | "light" | "auto")} />
        </Group>
        <Group justify="space-between">
          <Text id="side">Questions stand</Text>
          <SegmentedControl
            aria-labelledby="side"
            data={[{ value: "left", label: "Left" }, { value: "right", label: "Right" }]}
            value={side}
            onChange={(value) => {
              const panelSide = value as "left" | "right";
              setSide(panelSide);
              keepSettings({ panelSide });
            }}
          />
        </Group>
        <Title order={2} size="h4">Keys</Title>
        {(Object.keys(actions) as Action[]).map((action) => (
          <Group key={action} justify="space-between" wrap="nowrap">
            <Text size="sm">{actions[action]}</Text>
            <Button size="compact-sm" variant="default" onClick={() => setWaiting(action)}>
              <VisuallyHidden>Change the key for {actions[action]}: </VisuallyHidden>
              {waiting === action ? "press a key…" : keysFor(keys, action).map((chord) => <KeyName key={chord} chord={chord} />)}
              {waiting !== action && keysFor(keys, action).length === 0 ? "none" : ""}
            </Button>
          </Group>
        ))}
        <Button
          variant="default"
          onClick={() => {
            setKeys(defaultKeys);
            keepSettings({ keys: defaultKeys });
          }}
        >
          Standard keys again
        </Button>
      </Stack>
    </Container>
  );
}
