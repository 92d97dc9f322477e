import { Button, Center, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useState, type ReactNode } from "react";

import { RequestFailed } from "../contract";

/** The frame of what stands before the studies: signing in, joining, another password. */
export function Door({ title, children, below }: { title: string; children: ReactNode; below?: ReactNode }) {
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack w={360} maw="100%">
        <Title order={1} size="h2" ta="center">{title}</Title>
        <Paper withBorder p="lg">{children}</Paper>
        {below}
      </Stack>
    </Center>
  );
}

/** The sentence of a refusal; what stands at a field comes with the field's name. */
export function refusalWords(problem: unknown): string {
  if (problem instanceof RequestFailed) return problem.message;
  return problem instanceof Error ? problem.message : String(problem);
}

interface FormProps {
  action: string;
  /** Sends the form; what it throws is shown. */
  onSend: () => Promise<void>;
  children: ReactNode;
}

/** A small form: fields, what went wrong, one button. */
export function DoorForm({ action, onSend, children }: FormProps) {
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await onSend();
    } catch (problem) {
      setFailure(refusalWords(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Stack gap="sm">
        {children}
        {failure && <Text size="sm" role="alert" c="light-dark(#a61e1e, #ff9b9b)">{failure}</Text>}
        <Button type="submit" loading={isBusy}>{action}</Button>
      </Stack>
    </form>
  );
}

export function NewPasswordInput({ label = "Password", value, onChange }: { label?: string; value: string; onChange: (value: string) => void }) {
  return <PasswordInput label={label} name="new-password" autoComplete="new-password" required value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
