import { Button, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { organisationSignIn, RequestFailed, signIn, signInWays, type Person } from "../contract";
import { PageLink, RefusalNote } from "../ui";

import { Door, DoorForm } from "./door";

interface Props {
  username?: string;
  /** Without the page around it: beside the questions of somebody who was signed out. */
  isSmall?: boolean;
  /** Why the sign-in of an organisation did not succeed. */
  problem?: string | null;
  onDone: (person: Person) => void;
}

function wordsFor(problem: unknown): unknown {
  const isWrong = problem instanceof RequestFailed && ["invalid", "signed-out"].includes(problem.kind);
  return isWrong ? new Error("The name or the password is not right.") : problem;
}

/** Who are you? */
export function SignIn({ username = "", isSmall = false, problem = null, onDone }: Props) {
  const [name, setName] = useState(username);
  const [password, setPassword] = useState("");
  const { byOrganisation, byMail } = signInWays();
  const send = async () => {
    const person = await signIn(name, password).catch((reason: unknown) => Promise.reject(wordsFor(reason)));
    if (!person) throw new Error("The server did not keep you signed in. Are cookies allowed?");
    onDone(person);
  };
  const form = (
    <DoorForm action="Sign in" onSend={send}>
      <TextInput label="Name" name="username" autoComplete="username" autoFocus={!isSmall} required value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <PasswordInput label="Password" name="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
    </DoorForm>
  );
  if (isSmall) return form;
  return (
    <Door
      title="readroom"
      below={
        <Stack gap={4} ta="center">
          {byMail && <Text size="sm"><PageLink to="/forgotten">I forgot my password</PageLink></Text>}
          <Text size="xs" c="dimmed">No account? The editor of your study can invite you.</Text>
        </Stack>
      }
    >
      <RefusalNote mb="sm">{problem}</RefusalNote>
      {byOrganisation && (
        <>
          <Button component="a" href={organisationSignIn} fullWidth variant="default">Sign in with your organisation</Button>
          <Divider my="md" label="or" />
        </>
      )}
      {form}
    </Door>
  );
}
