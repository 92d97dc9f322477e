import { Anchor, Badge, Button, Container, Group, List, Progress, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { answersTable, changeState, gapsOf, readersOf, readerStudy, trailOf, type ReaderProgress, type ReaderStudy } from "../contract";
import { EmptyNote, HeadedTable, PageLink, ProblemNote, RefusalNote, useAct, Waiting } from "../ui";

import { Invitations } from "./invitations";
import { Requests } from "./requests";

const steps: Readonly<Record<string, readonly { to: string; words: string }[]>> = {
  draft: [{ to: "open", words: "Open for readers" }],
  open: [{ to: "paused", words: "Pause" }, { to: "closed", words: "Close" }],
  paused: [{ to: "open", words: "Go on" }, { to: "closed", words: "Close" }],
  closed: [{ to: "open", words: "Open again" }],
};

const meanings: Readonly<Record<string, string>> = {
  draft: "Readers cannot answer yet.",
  open: "Readers read.",
  paused: "Readers can look, not answer.",
  closed: "Nobody answers any more.",
};

function State({ study }: { study: ReaderStudy }) {
  const client = useQueryClient();
  const { act, refusal } = useAct();
  const change = (to: string) =>
    act(() => changeState(study.pk, to).finally(() => client.invalidateQueries()));
  return (
    <section>
      <Group>
        <Badge variant="light" tt="none" size="lg">{study.state}</Badge>
        <Text size="sm" c="dimmed">{meanings[study.state]}</Text>
        {(steps[study.state] ?? []).map(({ to, words }) => (
          <Button key={to} size="xs" variant="default" onClick={() => void change(to)}>{words}</Button>
        ))}
      </Group>
      <RefusalNote mt="xs">{refusal}</RefusalNote>
    </section>
  );
}

function Gaps({ pk }: { pk: string }) {
  const { data } = useQuery({ queryKey: ["gaps", pk], queryFn: () => gapsOf(pk) });
  if (!data || data.length === 0) return null;
  return (
    <section className="notice" style={{ margin: 0 }}>
      <Title order={2} size="h5">What is missing</Title>
      <List size="sm">{data.map(({ kind, message, is_blocker }) => <List.Item key={kind + message}>{message}{is_blocker ? " It cannot be opened without." : ""}</List.Item>)}</List>
    </section>
  );
}

const hours = (seconds: number | null) => (seconds === null ? "" : seconds < 5400 ? `${String(Math.round(seconds / 60))} min` : `${(seconds / 3600).toFixed(1)} h`);
const day = (moment: string | null) => (moment === null ? "not yet" : new Date(moment).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" }));

function Reader({ slug, reader }: { slug: string; reader: ReaderProgress }) {
  const { complete_display_sets: done, display_sets: all } = reader;
  return (
    <Table.Tr>
      <Table.Td><bdi>{reader.reader}</bdi>{reader.pseudonym && <Text span inherit c="dimmed"> · <bdi>{reader.pseudonym}</bdi></Text>}</Table.Td>
      <Table.Td miw={160}>
        {done} of {all}
        <Progress value={reader.progress} size="xs" aria-label={`${reader.reader}: ${String(done)} of ${String(all)} cases`} />
      </Table.Td>
      <Table.Td>{hours(reader.seconds)}</Table.Td>
      <Table.Td>{day(reader.last_answer)}</Table.Td>
      <Table.Td><PageLink to={`/read/${slug}?as=${encodeURIComponent(reader.reader)}`}>See answers</PageLink></Table.Td>
    </Table.Tr>
  );
}

function Readers({ study }: { study: ReaderStudy }) {
  const { data, error } = useQuery({ queryKey: ["readers", study.pk], queryFn: () => readersOf(study.pk) });
  return (
    <section>
      <Title order={2} size="h4" mb="xs">Readers</Title>
      {error && <Text size="sm" role="alert">{error.message}</Text>}
      {data?.length === 0 && <Text size="sm" c="dimmed">Nobody reads yet. Invite the first one below.</Text>}
      {data && data.length > 0 && (
        <HeadedTable heads={["Reader", "Cases read", "Time", "Last answer", "Answers"]} minWidth={560}>
          {data.map((reader) => <Reader key={reader.reader} slug={study.slug} reader={reader} />)}
        </HeadedTable>
      )}
    </section>
  );
}

/** A study as its owner wants to see it once a day: what is wrong, who is how far, and the answers. */
export function StudyPage({ slug }: { slug: string }) {
  const { data: study, error, isPending, refetch } = useQuery({ queryKey: ["study", slug], queryFn: async () => (await readerStudy(slug)) ?? null });
  if (isPending) return <Waiting>Opening the study…</Waiting>;
  if (error) return <ProblemNote title="The study cannot be opened" onRetry={() => void refetch()}>{error.message} Nothing is lost.</ProblemNote>;
  if (!study) return <EmptyNote isPage title="There is no such study" action={<PageLink to="/">My studies</PageLink>}>Or you are not one of its editors.</EmptyNote>;
  if (!study.roles.includes("editor")) {
    return <EmptyNote isPage title="This page is for the study's editors" action={<PageLink to="/">My studies</PageLink>}>Readers find the study among theirs.</EmptyNote>;
  }
  return (
    <Container size="md" py="lg" component="main">
      <Stack gap="xl">
        <div>
          <Text size="sm"><PageLink to="/">My studies</PageLink></Text>
          <Title order={1} size="h2" dir="auto" style={{ overflowWrap: "anywhere" }}>{study.title_safe}</Title>
        </div>
        <State study={study} />
        <Gaps pk={study.pk} />
        <Requests study={study.pk} />
        <Readers study={study} />
        <Invitations study={study.pk} />
        <section>
          <Title order={2} size="h4" mb="xs">Answers</Title>
          <Group gap="lg">
            <Anchor size="sm" underline="always" href={answersTable(study.pk, "csv", "long")} download>A row for each answer (CSV)</Anchor>
            <Anchor size="sm" underline="always" href={answersTable(study.pk, "csv", "wide")} download>A row for each case (CSV)</Anchor>
            <Anchor size="sm" underline="always" href={answersTable(study.pk, "parquet", "long")} download>Parquet</Anchor>
            <Anchor size="sm" underline="always" href={trailOf(study.pk)} download>Who did what, and when (CSV)</Anchor>
          </Group>
        </section>
        <Text size="sm" c="dimmed">Cases, questions and layouts are made with scripts or with a study file: <code>readroom study</code>.</Text>
      </Stack>
    </Container>
  );
}
