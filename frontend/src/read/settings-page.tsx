import { Button, Container, Group, SegmentedControl, Stack, Text, Title, useMantineColorScheme } from "@mantine/core";
import { useCallback } from "react";

import type { Person } from "../contract";
import { defaultKeys, type KeyMap } from "../reading";
import { goTo, useStore } from "../ui";

import { PasswordSection } from "./account-pages";
import { KeyList } from "./key-list";
import type { Settings } from "./personal-settings";
import { TokenSection } from "./token-section";
import { settingsOf } from "./workbench-settings";

const schemes = [{ value: "dark", label: "Dark" }, { value: "light", label: "Light" }, { value: "auto", label: "As the system" }];
const sides = [{ value: "left", label: "Left" }, { value: "right", label: "Right" }];

/** What an expert wants to change, in one place; it follows the account. */
export function SettingsPage({ person }: { person: Person }) {
  const settings = settingsOf(person.username);
  const { keys = defaultKeys, panelSide = "right" } = useStore(settings.store);
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const changeKeys = useCallback((changed: KeyMap) => settings.keep({ keys: changed }), [settings]);
  return (
    <Container size="sm" py="lg" component="main">
      <Group justify="space-between" mb="xs">
        <Title order={1} size="h2">Your account</Title>
        <Button variant="default" onClick={() => goTo("/")}>My studies</Button>
      </Group>
      <Text size="sm" c="dimmed" mb="lg">Settings belong to your account: they are the same on every computer you sign in at.</Text>
      <Stack gap="lg">
        <Group justify="space-between">
          <Text id="scheme">Pages</Text>
          <SegmentedControl
            aria-labelledby="scheme"
            data={schemes}
            value={colorScheme}
            onChange={(value) => {
              const scheme = value as NonNullable<Settings["scheme"]>;
              setColorScheme(scheme);
              settings.keep({ scheme });
            }}
          />
        </Group>
        <Group justify="space-between">
          <Text id="side">Questions stand</Text>
          <SegmentedControl aria-labelledby="side" data={sides} value={panelSide} onChange={(value) => settings.keep({ panelSide: value as "left" | "right" })} />
        </Group>
        <Title order={2} size="h4">Keys</Title>
        <KeyList keys={keys} onChange={changeKeys} />
        <Title order={2} size="h4">Password</Title>
        <PasswordSection />
        <Title order={2} size="h4">Tokens</Title>
        <TokenSection />
      </Stack>
    </Container>
  );
}
