import { Button, Container, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { accessRequestsOf, askToRead, type AccessRequest, type ReaderStudy } from "../contract";
import { CleanHtml, goTo, RefusalNote, useAct } from "../ui";

function Asked({ request: { status, reason } }: { request: AccessRequest }) {
  if (status === "rejected") return <Text role="status">The editors of this study declined your request.{reason && ` ${reason}`}</Text>;
  return <Text role="status">You asked to read this study. An editor decides; then it stands among your studies.</Text>;
}

/** A public study as somebody sees it who does not read it yet: what it is about, and a way to ask. */
export function AskPage({ study }: { study: ReaderStudy }) {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: ["requests", study.pk], queryFn: async () => (await accessRequestsOf(study.pk))[0] ?? null });
  const { act, refusal, isBusy } = useAct();
  const ask = () => act(() => askToRead(study.pk).finally(() => client.invalidateQueries()));
  return (
    <Container size="sm" py="xl" component="main">
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="lg">
        <Title order={1} size="h2" dir="auto" style={{ overflowWrap: "anywhere" }}>{study.title_safe}</Title>
        <Button variant="subtle" onClick={() => goTo("/")}>My studies</Button>
      </Group>
      <Stack gap="lg">
        {study.description && <Text dir="auto" style={{ overflowWrap: "anywhere" }}>{study.description}</Text>}
        {study.help_text_safe && <CleanHtml html={study.help_text_safe} />}
        {data === null && (
          <Group>
            <Button loading={isBusy} onClick={() => void ask()}>Ask to read</Button>
            <Text size="sm" c="dimmed">The study's editors choose who reads it.</Text>
          </Group>
        )}
        {data && <Asked request={data} />}
        <RefusalNote>{refusal}</RefusalNote>
      </Stack>
    </Container>
  );
}
