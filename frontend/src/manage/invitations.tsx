import { Button, CopyButton, Group, Table, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { invitationsOf, invite, takeBackInvitation } from "../contract";
import { HeadedTable, PlainForm, RefusalNote, useAct } from "../ui";

function Sent({ link }: { link: string }) {
  return (
    <Text size="sm" mt="xs" role="status">
      A mail is on its way, where the server sends mails. The link may also be handed over:{" "}
      <CopyButton value={link}>{({ copied, copy }) => <Button size="compact-xs" variant="default" onClick={copy}>{copied ? "Copied" : "Copy the link"}</Button>}</CopyButton>
    </Text>
  );
}

/** Invite readers by mail, and see who has not come yet. */
export function Invitations({ study }: { study: string }) {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: ["invitations", study], queryFn: () => invitationsOf(study) });
  const [email, setEmail] = useState("");
  const [pseudonym, setPseudonym] = useState("");
  const [link, setLink] = useState<string | null>(null);
  const { act, refusal } = useAct();
  const change = (doIt: () => Promise<unknown>) =>
    act(async () => {
      setLink(null);
      await doIt();
      await client.invalidateQueries({ queryKey: ["invitations", study] });
    });
  const send = () =>
    change(async () => {
      const sent = await invite({ email, study, role: "reader", pseudonym });
      setLink(sent.link);
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
      {link && <Sent link={link} />}
      {data && data.length > 0 && (
        <HeadedTable heads={["Invited, not here yet", "Until", "Invitation"]} minWidth={480} mt="md">
          {data.map(({ id, email: address, expires_at, pseudonym: name }) => (
            <Table.Tr key={id}>
              <Table.Td>{address}{name && <Text span c="dimmed"> · {name}</Text>}</Table.Td>
              <Table.Td>{new Date(expires_at).toLocaleDateString()}</Table.Td>
              <Table.Td><Button size="compact-xs" variant="default" aria-label={`Take back the invitation of ${address}`} onClick={() => void change(() => takeBackInvitation(id))}>Take back</Button></Table.Td>
            </Table.Tr>
          ))}
        </HeadedTable>
      )}
    </section>
  );
}
