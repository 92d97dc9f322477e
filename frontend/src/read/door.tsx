import { Button, Center, Paper, PasswordInput, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";

import { PlainForm, RefusalNote, useAct } from "../ui";

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

interface FormProps {
  action: string;
  /** Sends the form; what it throws is shown. */
  onSend: () => Promise<void>;
  children: ReactNode;
}

/** A small form: fields, what went wrong, one button. */
export function DoorForm({ action, onSend, children }: FormProps) {
  const { act, refusal, isBusy } = useAct();
  return (
    <PlainForm onSend={() => act(onSend)}>
      <Stack gap="sm">
        {children}
        <RefusalNote>{refusal}</RefusalNote>
        <Button type="submit" loading={isBusy}>{action}</Button>
      </Stack>
    </PlainForm>
  );
}

export function NewPasswordInput({ label = "Password", value, onChange }: { label?: string; value: string; onChange: (value: string) => void }) {
  return <PasswordInput label={label} name="new-password" autoComplete="new-password" required value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
