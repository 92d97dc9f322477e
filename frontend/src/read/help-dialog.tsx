import { Modal, Stack, Text } from "@mantine/core";
import { useCallback } from "react";

import type { KeyMap } from "../reading";
import { CleanHtml } from "../ui";

import { useReading } from "./desk-context";
import { KeyList } from "./key-list";
import { keepSettings } from "./workbench-settings";

/** The study's own help, and all keys, each of which may be changed. */
export function HelpDialog() {
  const { bench, state, session } = useReading();
  const change = useCallback((keys: KeyMap) => keepSettings({ keys }), []);
  return (
    <Modal opened={state.isHelpOpen} onClose={() => bench.state.set({ isHelpOpen: false })} title="Help and keys" size="xl" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        {session.study?.help_text_safe && <CleanHtml html={session.study.help_text_safe} />}
        <Text size="sm" c="dimmed">
          Wheel: slices. Ctrl+wheel: zoom. Middle button or Shift: pan. Right button: zoom, or, without moving, the tools at the pointer. Double click: one viewport full. Numbers choose an option of the active question, Alt and numbers a window. F6 goes from the bar to the images to the questions. Click a key to change it.
        </Text>
        <KeyList keys={state.keys} onChange={change} />
      </Stack>
    </Modal>
  );
}
