import { Button, Group, Table, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { invitationsOf, invite, takeBackInvitation } from "../contract";
import { CopyLine, HeadedTable, Notice, PlainForm, RefusalNote, useAct } from "../ui";

interface Invited {
  link: string;
  is_mailed: boolean;
}

function Sent({ link, is_mailed: isMailed }: Invited) {
  return (
    <Notice title={isMailed ? "A mail with this link is on its way." : "No mail could be sent: hand this link over yourself."}>
      <CopyLine text={link} action="Copy the link" />
    </Notice>
  );
}

/** Invite readers by mail, and see who has not come yet. */
export function Invitations({ study }: { study: string }) {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: ["invitations", study], queryFn: () => invitationsOf(study) });
  const [email, setEmail] = useState("");
  const [pseudonym, setPseudonym] = useState("");
  const [sent, setSent] = useState<Invited | null>(null);
  const { act, refusal } = useAct();
  const change = (doIt: () => Promise<unknown>) =>
    act(async () => {
      setSent(null);
      await doIt();
      await client.invalidateQueries({ queryKey: ["invitations", study] });
    });
  const send = () =>
    change(async () => {
      setSent(await invite({ email, study, role: "reader", pseudonym }));
      setEmail("");
      setPseudonym("");
    });
  return (
    <section>
      <Title order={2} size="h4" mb="xs">Invite a reader</Title>
      <PlainForm onSend={send}>
        <Group align="flex-end">
          <TextInput label="Mail address" type="email" required value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
          <TextInput label="Pseudonym" description="instead of the name in tables; may be empty" value={pseudonym} onChange={(event) => setPseudonym(event.currentTarget.value)} />
          <Button type="submit">Invite</Button>
        </Group>
      </PlainForm>
      <RefusalNote mt="xs">{refusal}</RefusalNote>
      {sent && <Sent {...sent} />}
      {data && data.length > 0 && (
        <HeadedTable heads={["Invited, not here yet", "Until", "Invitation"]} minWidth={480} mt="md">
          {data.map(({ id, email: address, expires_at, pseudonym: name }) => (
            <Table.Tr key={id}>
              <Table.Td>{address}{name && <Text span inherit c="dimmed"> · {name}</Text>}</Table.Td>
              <Table.Td>{new Date(expires_at).toLocaleDateString()}</Table.Td>
              <Table.Td><Button size="compact-xs" variant="default" aria-label={`Take back the invitation of ${address}`} onClick={() => void change(() => takeBackInvitation(id))}>Take back</Button></Table.Td>
            </Table.Tr>
          ))}
        </HeadedTable>
      )}
    </section>
  );
}
