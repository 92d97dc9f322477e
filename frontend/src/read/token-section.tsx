import { Button, Group, Table, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { makeToken, myTokens, takeBackToken } from "../contract";
import { CopyLine, HeadedTable, Notice, PlainForm, RefusalNote, useAct } from "../ui";

const day = (moment: string | null, none: string) => (moment === null ? none : new Date(moment).toLocaleDateString());

/** Tokens with which scripts act for this account. */
export function TokenSection() {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: ["tokens"], queryFn: myTokens });
  const [name, setName] = useState("");
  const [secret, setSecret] = useState<string | null>(null);
  const { act, refusal } = useAct();
  const change = (doIt: () => Promise<string | null>) =>
    act(async () => {
      setSecret(await doIt());
      await client.invalidateQueries({ queryKey: ["tokens"] });
    });
  const make = () =>
    change(async () => {
      const { token } = await makeToken(name);
      setName("");
      return token;
    });
  return (
    <>
      <Text size="sm" c="dimmed">Scripts and the command line act for you with a token instead of your password.</Text>
      <PlainForm onSend={make}>
        <Group align="flex-end">
          <TextInput label="What it is for" placeholder="laptop" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Button type="submit" variant="default">Make a token</Button>
        </Group>
      </PlainForm>
      <RefusalNote>{refusal}</RefusalNote>
      {secret && <Notice title="Copy it now; it is shown this once."><CopyLine text={secret} action="Copy" /></Notice>}
      {data && data.length > 0 && (
        <HeadedTable heads={["Token", "Last used", "Until", "End it"]} minWidth={480}>
          {data.map(({ id, name: title, hint, last_used_at, expires_at }) => (
            <Table.Tr key={id}>
              <Table.Td><bdi>{title}</bdi> <Text span inherit c="dimmed">{hint}</Text></Table.Td>
              <Table.Td>{day(last_used_at, "never")}</Table.Td>
              <Table.Td>{day(expires_at, "no end")}</Table.Td>
              <Table.Td>
                <Button size="compact-xs" variant="default" aria-label={`Take back ${title}`} onClick={() => void change(() => takeBackToken(id).then(() => null))}>Take back</Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </HeadedTable>
      )}
    </>
  );
}
