import { Table, Text, type TextProps } from "@mantine/core";
import { useState, type ReactNode } from "react";

/** Things a person does that may be refused: `act` tries one, `refusal` says why the last one did not succeed. */
export function useAct(): { act: (doIt: () => Promise<unknown>) => Promise<void>; refusal: string | null; isBusy: boolean } {
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const act = async (doIt: () => Promise<unknown>) => {
    setBusy(true);
    setRefusal(null);
    try {
      await doIt();
    } catch (problem) {
      setRefusal(problem instanceof Error ? problem.message : String(problem));
    } finally {
      setBusy(false);
    }
  };
  return { act, refusal, isBusy };
}

/** Why something was refused, read out at once. */
export function RefusalNote({ children, ...props }: TextProps & { children: string | null }) {
  return children && <Text size="sm" role="alert" c="light-dark(#a61e1e, #ff9b9b)" {...props}>{children}</Text>;
}

/** A form that is sent without leaving the page. */
export function PlainForm({ onSend, children }: { onSend: () => Promise<void>; children: ReactNode }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void onSend();
      }}
    >
      {children}
    </form>
  );
}

/** A table with a row of heads; where the page is narrower it scrolls sideways. */
export function HeadedTable({ heads, minWidth, mt, children }: { heads: readonly string[]; minWidth: number; mt?: "md"; children: ReactNode }) {
  return (
    <Table.ScrollContainer minWidth={minWidth} {...(mt ? { mt } : {})}>
      <Table>
        <Table.Thead>
          <Table.Tr>{heads.map((head) => <Table.Th key={head}>{head}</Table.Th>)}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
