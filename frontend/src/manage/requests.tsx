import { Button, Group, Table, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { accessRequestsOf, decideOnRequest } from "../contract";
import { HeadedTable, RefusalNote, useAct } from "../ui";

/** People who found a public study and want to read it. */
export function Requests({ study }: { study: string }) {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: ["requests", study], queryFn: () => accessRequestsOf(study) });
  const { act, refusal } = useAct();
  const waiting = data?.filter(({ status }) => status === "pending") ?? [];
  if (waiting.length === 0 && refusal === null) return null;
  const decide = (username: string, isAccepted: boolean) => act(() => decideOnRequest(study, username, isAccepted).finally(() => client.invalidateQueries()));
  return (
    <section>
      <Title order={2} size="h4" mb="xs">Who asks to read</Title>
      <RefusalNote>{refusal}</RefusalNote>
      <HeadedTable heads={["Name", "Asked", "Decision"]} minWidth={480}>
        {waiting.map(({ username, created }) => (
          <Table.Tr key={username}>
            <Table.Td><bdi>{username}</bdi></Table.Td>
            <Table.Td>{new Date(created).toLocaleDateString()}</Table.Td>
            <Table.Td>
              <Group gap="xs">
                <Button size="compact-xs" aria-label={`Let in ${username}`} onClick={() => void decide(username, true)}>Let in</Button>
                <Button size="compact-xs" variant="default" aria-label={`Decline ${username}`} onClick={() => void decide(username, false)}>Decline</Button>
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </HeadedTable>
    </section>
  );
}
