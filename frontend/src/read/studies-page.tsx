import { Badge, Button, Card, Container, Group, Menu, Progress, Stack, Text, Title, useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { displaySetCount, firstUnanswered, myAnswers, readerStudies, type Answer, type Person, type ReaderStudy } from "../contract";
import { isAnswerable } from "../reading";
import { CleanHtml, EmptyNote, goTo, ProblemNote, Waiting } from "../ui";

import { prepareSession } from "./load";
import { settingsOf } from "./workbench-settings";

function seconds(duration: string | null): number {
  const [hours = 0, minutes = 0, rest = 0] = (duration ?? "").split(":").map(Number);
  return hours * 3600 + minutes * 60 + rest;
}

/** Median seconds per case so far. */
export function medianCaseSeconds(answers: readonly Answer[]): number | undefined {
  const perCase = new Map<string, number>();
  for (const { display_set, total_edit_duration } of answers) {
    if (display_set) perCase.set(display_set, (perCase.get(display_set) ?? 0) + seconds(total_edit_duration));
  }
  const sorted = [...perCase.values()].filter((each) => each > 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** A public study of others. */
function PublicRow({ study }: { study: ReaderStudy }) {
  return (
    <Card withBorder padding="md" component="article" aria-label={study.title_safe}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={4} miw={0} flex={1}>
          <Title order={3} size="h4" dir="auto" style={{ overflowWrap: "anywhere" }}>{study.title_safe}</Title>
          <Text size="sm" c="dimmed" dir="auto" lineClamp={2}>{study.description}</Text>
        </Stack>
        <Button variant="default" onClick={() => goTo(`/before/${study.slug}`)}>About it</Button>
      </Group>
    </Card>
  );
}

function StudyRow({ study }: { study: ReaderStudy }) {
  const [isHelpOpen, setHelpOpen] = useState(false);
  const { data } = useQuery({
    queryKey: ["progress", study.pk],
    queryFn: async () => {
      const [total, open, answers] = await Promise.all([displaySetCount(study.pk), firstUnanswered(study.pk), myAnswers(study.pk)]);
      return { total, open: open.count, next: open.first, pace: medianCaseSeconds(answers), hasBegun: answers.length > 0 };
    },
  });
  const done = data ? data.total - data.open : 0;
  const isEditor = study.roles.includes("editor");
  const isResting = study.state !== "open" && !(study.state === "draft" && isEditor);
  const isFinished = data !== undefined && data.total > 0 && data.open === 0;
  const minutes = data?.pace === undefined ? undefined : Math.max(1, Math.round((data.pace * data.open) / 60));
  const questions = study.questions.filter(isAnswerable).length;
  const prepare = () => prepareSession(study, data?.next);
  return (
    <Card withBorder padding="md" component="article" aria-label={study.title_safe}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        {study.logo.endsWith("/logo/") && <img src={new URL(study.logo).pathname} alt="" width={48} height={48} style={{ borderRadius: 6, flexShrink: 0 }} />}
        <Stack gap={4} miw={0} flex={1}>
          <Title order={2} size="h4" dir="auto" style={{ overflowWrap: "anywhere" }}>{study.title_safe}</Title>
          <Text size="sm" c="dimmed">
            {data === undefined ? "" : data.total === 0 ? "No cases yet" : isFinished ? `All ${String(data.total)} cases read` : `${String(data.open)} of ${String(data.total)} ${data.total === 1 ? "case" : "cases"} left`}
            {`${data === undefined ? "" : " · "}${String(questions)} ${questions === 1 ? "question" : "questions"} a case`}
            {data?.hasBegun && data.next?.index != null && !isFinished ? ` · next is case ${String(data.next.index + 1)}` : ""}
            {minutes !== undefined && !isFinished ? ` · about ${String(minutes)} min at your pace` : ""}
          </Text>
          <Progress value={data && data.total > 0 ? (100 * done) / data.total : 0} size="sm" aria-label={`${String(done)} of ${String(data?.total ?? 0)} cases read`} />
        </Stack>
        <Group gap="xs" wrap="nowrap">
          {isEditor && <Button variant="subtle" size="sm" onClick={() => goTo(`/study/${study.slug}`)}>Manage</Button>}
          {study.help_text_safe && <Button variant="subtle" size="sm" onClick={() => setHelpOpen(!isHelpOpen)} aria-expanded={isHelpOpen}>Help</Button>}
          <Button disabled={data?.total === 0} variant={isFinished || isResting ? "default" : "filled"} onPointerEnter={prepare} onFocus={prepare} onClick={() => goTo(`/${data && !data.hasBegun && !isResting ? "before" : "read"}/${study.slug}`)}>
            {isResting ? "Look" : isFinished ? "Look again" : data?.hasBegun ? "Continue" : "Begin"}
          </Button>
        </Group>
      </Group>
      {isHelpOpen && <CleanHtml html={study.help_text_safe} />}
      {(study.is_educational || study.state !== "open") && (
        <Group gap="xs" mt="xs">
          {study.is_educational && <Badge variant="light" tt="none">with feedback</Badge>}
          {study.state !== "open" && <Badge variant="light" color="gray" tt="none">{study.state}</Badge>}
        </Group>
      )}
    </Card>
  );
}

/** What waits for me. */
export function StudiesPage({ person, onSignOut }: { person: Person; onSignOut: () => void }) {
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["studies"], queryFn: readerStudies });
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const own = data?.filter(({ roles }) => roles.length > 0);
  const foreign = data?.filter(({ roles }) => roles.length === 0) ?? [];
  return (
    <Container size="md" py="lg">
      <Group justify="space-between" mb="lg" component="header">
        <Title order={1} size="h2">My studies</Title>
        <Menu position="bottom-end">
          <Menu.Target><Button variant="subtle" rightSection="▾">{person.name}</Button></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              onClick={() => {
                const scheme = colorScheme === "dark" ? "light" : "dark";
                setColorScheme(scheme);
                settingsOf(person.username).keep({ scheme });
              }}
            >
              {colorScheme === "dark" ? "Light" : "Dark"} pages
            </Menu.Item>
            <Menu.Item onClick={() => goTo("/settings")}>Account and settings</Menu.Item>
            <Menu.Item onClick={onSignOut}>Sign out</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <main>
        {isPending && <Waiting>Looking for your studies…</Waiting>}
        {error && <ProblemNote title="Your studies cannot be listed" onRetry={() => void refetch()}>{error.message} Nothing is lost.</ProblemNote>}
        {own?.length === 0 && <EmptyNote title="No study waits for you">When an editor invites you as a reader, the study appears here.</EmptyNote>}
        <Stack>{own?.map((study) => <StudyRow key={study.pk} study={study} />)}</Stack>
        {foreign.length > 0 && (
          <section>
            <Title order={2} size="h3" mt="xl" mb="md">Public studies</Title>
            <Stack>{foreign.map((study) => <PublicRow key={study.pk} study={study} />)}</Stack>
          </section>
        )}
      </main>
    </Container>
  );
}
