import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { acceptInvitation, askForReset, changePassword, resetPassword, type Person } from "../contract";
import { goTo, PageLink } from "../ui";

import { Door, DoorForm, NewPasswordInput } from "./door";

const home = <Text size="sm" ta="center"><PageLink to="/">To the sign-in page</PageLink></Text>;

/** Where the link of an invitation leads: take it with this account, or make one. */
export function JoinPage({ invitation, person, onDone }: { invitation: string; person: Person | null; onDone: (person: Person) => void }) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const accept = async (account: { username?: string; password?: string }) => {
    onDone(await acceptInvitation({ invitation, ...account }));
    goTo("/");
  };
  if (person) {
    return (
      <Door title="You are invited" below={<Text size="sm" ta="center"><PageLink to="/">Not now</PageLink></Text>}>
        <DoorForm action="Take the invitation" onSend={() => accept({})}>
          <Text size="sm">You are signed in as {person.name}. The invitation will belong to this account.</Text>
        </DoorForm>
      </Door>
    );
  }
  return (
    <Door title="You are invited" below={<Text size="sm" ta="center">You have an account? <PageLink to={`/?then=${encodeURIComponent(`/join?invitation=${invitation}`)}`}>Sign in first</PageLink></Text>}>
      <DoorForm action="Make my account" onSend={() => accept({ username, password })}>
        <Text size="sm">Choose a name and a password; you will read under this name.</Text>
        <TextInput label="Name" name="username" autoComplete="username" autoFocus required value={username} onChange={(event) => setUsername(event.currentTarget.value)} />
        <NewPasswordInput value={password} onChange={setPassword} />
      </DoorForm>
    </Door>
  );
}

/** Where the link of a password mail leads. */
export function NewPasswordPage({ uid, token }: { uid: string; token: string }) {
  const [password, setPassword] = useState("");
  const [isDone, setDone] = useState(false);
  if (isDone) {
    return (
      <Door title="Your password is set">
        <Stack>
          <Text size="sm">Sign in with it. Answers that were waiting in your browser are still there.</Text>
          <Button onClick={() => goTo("/")}>Sign in</Button>
        </Stack>
      </Door>
    );
  }
  return (
    <Door title="A new password" below={home}>
      <DoorForm
        action="Set the password"
        onSend={async () => {
          await resetPassword({ uid, token, password });
          setDone(true);
        }}
      >
        <NewPasswordInput label="New password" value={password} onChange={setPassword} />
      </DoorForm>
    </Door>
  );
}

/** Ask for a mail with a link to a new password. */
export function ForgottenPage() {
  const [email, setEmail] = useState("");
  const [isSent, setSent] = useState(false);
  return (
    <Door title="A new password" below={home}>
      {isSent ? (
        <Text size="sm" role="status">If there is an account with this address, a mail with a link is on its way. It may take a minute; look among unwanted mail too.</Text>
      ) : (
        <DoorForm
          action="Send me a link"
          onSend={async () => {
            await askForReset(email);
            setSent(true);
          }}
        >
          <TextInput label="Mail address" type="email" name="email" autoComplete="email" autoFocus required value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
        </DoorForm>
      )}
    </Door>
  );
}

/** Another password, in the settings. */
export function PasswordSection() {
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [isDone, setDone] = useState(false);
  return (
    <DoorForm
      action="Change password"
      onSend={async () => {
        setDone(false);
        await changePassword({ old_password: old, password });
        setOld("");
        setPassword("");
        setDone(true);
      }}
    >
      <PasswordInput label="Present password" name="password" autoComplete="current-password" required value={old} onChange={(event) => setOld(event.currentTarget.value)} />
      <NewPasswordInput label="New password" value={password} onChange={setPassword} />
      {isDone && <Text size="sm" role="status">Changed. You stay signed in here; other places have to sign in again.</Text>}
    </DoorForm>
  );
}
