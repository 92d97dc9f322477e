import { Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";

import { RequestFailed, signIn, type Person } from "../contract";

/** Who are you? */
export function SignIn({ username = "", isSmall = false, onDone }: { username?: string; isSmall?: boolean; onDone: (person: Person) => void }) {
  const [name, setName] = useState(username);
  const [password, setPassword] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const person = await signIn(name, password);
      if (person) onDone(person);
      else setFailure("The server did not keep you signed in. Are cookies allowed?");
    } catch (problem) {
      const isWrong = problem instanceof RequestFailed && ["invalid", "signed-out"].includes(problem.kind);
      setFailure(problem instanceof RequestFailed && problem.kind === "busy" ? problem.message : isWrong ? "The name or the password is not right." : problem instanceof Error ? problem.message : String(problem));
    } finally {
      setBusy(false);
    }
  };
  const form = (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        <TextInput label="Name" name="username" autoComplete="username" autoFocus={!isSmall} required value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <PasswordInput label="Password" name="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
        {failure && <Text size="sm" role="alert" c="light-dark(#a61e1e, #ff9b9b)">{failure}</Text>}
        <Button type="submit" loading={isBusy}>Sign in</Button>
      </Stack>
    </form>
  );
  if (isSmall) return form;
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack w={340}>
        <Title order={1} size="h2" ta="center">readroom</Title>
        <Paper withBorder p="lg">{form}</Paper>
        <Text size="xs" c="dimmed" ta="center">No account? The editor of your study can make one.</Text>
      </Stack>
    </Center>
  );
}
