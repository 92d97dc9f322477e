import { Button, Group, Text } from "@mantine/core";

import { answerableQuestions, currentCase, isAnswerable, lockOf, questionsOf } from "../reading";
import { CleanHtml, KeyName, Notice } from "../ui";

import { useReading } from "./desk-context";
import { QuestionCard } from "./question-card";
import { hiddenParts } from "./switches";

/** The questions of the case, and what ends it. */
export function QuestionPanel() {
  const { session, desk, bench, config } = useReading();
  const here = currentCase(session);
  let number = 0;
  const lock = answerableQuestions(session).map((question) => lockOf(session, question)).find((each) => each !== null);
  const isLocked = answerableQuestions(session).every((question) => lockOf(session, question) !== null) && lock !== undefined;
  return (
    <>
      <div className="questions" tabIndex={-1}>
        {here?.description && !hiddenParts(config).has("case text") && <CleanHtml html={here.description} />}
        {lock && !session.isElsewhere && <Notice>{lock}</Notice>}
        {questionsOf(session).map((question) => {
          if (isAnswerable(question)) number += 1;
          return <QuestionCard key={`${here?.pk ?? ""}/${question.pk}`} question={question} number={number} truth={session.truth?.[question.pk]} />;
        })}
        {questionsOf(session).length === 0 && <Text size="sm" c="dimmed" py="md">This study asks nothing yet.</Text>}
      </div>
      <div className="foot">
        {session.confirmations.length > 0 ? (
          <Confirmation />
        ) : session.phase === "checking" ? (
          <Button fullWidth onClick={() => desk.dispatch({ type: "continued" })} disabled={session.truth === null}>
            {session.truth === null ? "Comparing…" : "Continue"}&nbsp; <KeyName chord="Enter" />
          </Button>
        ) : (
          <Button fullWidth onClick={() => bench.perform("save-and-next")}>
            {isLocked ? "Next case" : session.study?.instant_verification && session.study.is_educational ? "Save and compare" : "Save and next"}&nbsp; <KeyName chord="Enter" />
          </Button>
        )}
      </div>
    </>
  );
}

function Confirmation() {
  const { session, desk } = useReading();
  const asked = questionsOf(session).filter(({ pk }) => session.confirmations.includes(pk));
  return (
    <div role="alertdialog" aria-label="Confirm empty answers">
      {asked.map((question) => (
        <Text key={question.pk} size="sm" mb={6}>
          {question.empty_answer_confirmation_label_safe || `No answer to “${question.question_text_safe}”. Is that meant?`}
        </Text>
      ))}
      <Group grow>
        <Button variant="default" onClick={() => desk.dispatch({ type: "confirmation-declined" })}>No, go back</Button>
        <Button autoFocus onClick={() => desk.dispatch({ type: "save-asked", isConfirmed: true, at: Date.now() })}>Yes</Button>
      </Group>
    </div>
  );
}
