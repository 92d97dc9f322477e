import { Button, Container, Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { displaySetCount, readerStudy, type Person, type Question } from "../contract";
import { answerWords, defaultKeys, isAnswerable, keysFor, ruleWords, type Action } from "../reading";
import { CleanHtml, EmptyNote, goTo, KeyName, PageLink, ProblemNote, useStore, Waiting } from "../ui";

import { AskPage } from "./ask-page";
import { settingsOf } from "./workbench-settings";

const firstKeys: { action: Action; words: string }[] = [
  { action: "next-slice", words: "next slice, or the wheel" },
  { action: "window", words: "brightness and contrast: drag" },
  { action: "next-question", words: "next question" },
  { action: "save-and-next", words: "save, next case" },
  { action: "undo", words: "take back" },
  { action: "help", words: "all keys" },
];

function Asked({ question }: { question: Question }) {
  if (!isAnswerable(question)) return <Text fw={600} mt="sm">{question.question_text_safe}</Text>;
  return (
    <Text dir="auto" style={{ overflowWrap: "anywhere" }}>
      {question.question_text_safe}
      {question.required ? " *" : ""} <Text span c="dimmed" size="sm">{answerWords(question)}</Text>
    </Text>
  );
}

/** Before the first case: what the study is about, what will be asked, which keys help. */
export function BeforePage({ slug, person }: { slug: string; person: Person }) {
  const { keys = defaultKeys } = useStore(settingsOf(person.username).store);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["before", slug],
    queryFn: async () => {
      const study = await readerStudy(slug);
      return study ? { study, cases: await displaySetCount(study.pk) } : null;
    },
  });
  if (isPending) return <Waiting>Opening the study…</Waiting>;
  if (error) return <ProblemNote title="The study cannot be opened" onRetry={() => void refetch()}>{error.message} Nothing is lost.</ProblemNote>;
  if (!data) return <EmptyNote isPage title="There is no such study" action={<PageLink to="/">My studies</PageLink>}>Or you are not one of its readers.</EmptyNote>;
  const { study, cases } = data;
  if (study.roles.length === 0) return <AskPage study={study} />;
  const questions = study.questions.filter(isAnswerable).length;
  return (
    <Container size="sm" py="xl" component="main">
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="lg">
        <div>
          <Title order={1} size="h2" dir="auto" style={{ overflowWrap: "anywhere" }}>{study.title_safe}</Title>
          <Text c="dimmed">{cases === 0 ? "No cases yet" : `${String(cases)} ${cases === 1 ? "case" : "cases"}`}, {questions} {questions === 1 ? "question" : "questions"} each</Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          <Button variant="subtle" onClick={() => goTo("/")}>My studies</Button>
          <Button autoFocus onClick={() => goTo(`/read/${study.slug}`)} disabled={cases === 0}>Start reading&nbsp; <KeyName chord="Enter" /></Button>
        </Group>
      </Group>
      <Stack gap="lg">
        {study.help_text_safe && <CleanHtml html={study.help_text_safe} />}
        <section>
          <Title order={2} size="h4" mb={6}>What will be asked</Title>
          <Stack gap={4}>{study.questions.map((question) => <Asked key={question.pk} question={question} />)}</Stack>
          {study.questions.some(({ required }) => required) && <Text size="sm" c="dimmed" mt={6}>* needed</Text>}
        </section>
        <section>
          <Title order={2} size="h4" mb={6}>Good to know</Title>
          <List size="sm" spacing={4}>{ruleWords(study).map((rule) => <List.Item key={rule}>{rule}</List.Item>)}</List>
        </section>
        <section>
          <Title order={2} size="h4" mb={6}>Keys to begin with</Title>
          <Group gap="lg">
            {firstKeys.map(({ action, words }) => {
              const [chord] = keysFor(keys, action);
              return chord && <Text key={action} size="sm"><KeyName chord={chord} /> {words}</Text>;
            })}
          </Group>
        </section>
      </Stack>
    </Container>
  );
}
