import { Button, Center, Group, Stack, Text, Title } from "@mantine/core";

import { completeness, saveState } from "../reading";
import { CleanHtml, goTo } from "../ui";

import { useReading } from "./desk-context";

/** Thank you, what was left open, nothing else. */
export function EndPage({ onReview, onReload }: { onReview: (position: number) => void; onReload: () => void }) {
  const { session } = useReading();
  const { study, cases } = session;
  if (cases.length === 0) {
    return (
      <Center mih="100dvh" p="xl">
        <Stack align="center">
          <Title order={1} size="h3">{study?.title_safe}</Title>
          <Text c="dimmed">This study has no cases yet. They appear here when its editors have added them.</Text>
          <Group>
            <Button variant="default" onClick={onReload}>Look again</Button>
            <Button variant="subtle" onClick={() => goTo("/")}>My studies</Button>
          </Group>
        </Stack>
      </Center>
    );
  }
  const open = completeness(session).flatMap((isComplete, index) => (isComplete ? [] : [index]));
  const state = saveState(session);
  return (
    <Center mih="100dvh" p="xl">
      <Stack maw={560} align="flex-start">
        <Title order={1} size="h2">Thank you</Title>
        {study?.end_of_study_text_safe ? <CleanHtml html={study.end_of_study_text_safe} /> : <Text>You have read {cases.length === 1 ? "the case" : `all ${String(cases.length)} cases`} of <bdi>{study?.title_safe}</bdi>.</Text>}
        <Text role="status" c={state === "saved" ? "dimmed" : "yellow"}>
          {state === "saved" ? "Everything is saved." : state === "refused" ? "The server did not take an answer. It is kept here; the case says why." : state === "saving" ? "The last answers are being sent…" : "Some answers are kept here and will be sent; leave this page open until they are."}
        </Text>
        {open.length > 0 && <Text>Left open: case {open.slice(0, 12).map((index) => String(index + 1)).join(", ")}.</Text>}
        <Group>
          {open[0] !== undefined && <Button onClick={() => onReview(open[0] ?? 0)}>Go to case {open[0] + 1}</Button>}
          {study?.allow_case_navigation && open.length === 0 && <Button variant="default" onClick={() => onReview(0)}>Look through the cases again</Button>}
          <Button variant={open.length > 0 ? "default" : "filled"} onClick={() => goTo("/")}>My studies</Button>
        </Group>
      </Stack>
    </Center>
  );
}
