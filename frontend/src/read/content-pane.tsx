import { Anchor, Stack, Table, Text } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";

import { fetchFile, local, type Json, type SocketValue } from "../contract";
import { showingOf, type Hung } from "../hanging";

const Chart = lazy(() => import("./chart"));

function useFileJson(value: SocketValue): { content: Json; failure: string | null } {
  const [state, setState] = useState<{ content: Json; failure: string | null }>({ content: value.value, failure: null });
  useEffect(() => {
    if (value.file === null || value.value !== null) return;
    let isCurrent = true;
    fetchFile(value.file)
      .then((response) => response.json() as Promise<Json>)
      .then((content) => isCurrent && setState({ content, failure: null }))
      .catch((problem: unknown) => isCurrent && setState({ content: null, failure: String(problem) }));
    return () => {
      isCurrent = false;
    };
  }, [value]);
  return state;
}

function ChartView({ value }: { value: SocketValue }) {
  const { content, failure } = useFileJson(value);
  if (failure) return <Text size="sm">The chart cannot be loaded. {failure}</Text>;
  return content ? (
    <Suspense fallback={<Text size="sm">Drawing the chart…</Text>}>
      <Chart specification={content} />
    </Suspense>
  ) : null;
}

const words = (value: Json): string => (typeof value === "string" || typeof value === "number" ? String(value) : typeof value === "boolean" ? (value ? "yes" : "no") : JSON.stringify(value, null, 1));

function Shown({ value }: { value: SocketValue }) {
  const link = value.file ? local(value.file) : "";
  const { title } = value.interface;
  switch (showingOf(value.interface)) {
    case "chart":
      return <ChartView value={value} />;
    case "pdf":
      return <iframe src={link} title={title} />;
    case "picture":
      return <img src={link} alt={title} />;
    case "video":
      return <video src={link} controls aria-label={title} />;
    case "value":
      return (
        <Table withRowBorders={false} verticalSpacing={2}>
          <Table.Tbody>
            <Table.Tr>
              <Table.Td w="40%" c="dimmed" valign="top">{title}</Table.Td>
              <Table.Td dir="auto" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{words(value.value)}</Table.Td>
            </Table.Tr>
          </Table.Tbody>
        </Table>
      );
    default:
      return link ? <Anchor href={link} download>{title}</Anchor> : <Text size="sm">{title}</Text>;
  }
}

/** A viewport without an image: a chart, a document, a film, words and numbers. */
export function ContentPane({ hung, style }: { hung: Hung; style: React.CSSProperties }) {
  return (
    <div className="viewport" style={style} data-viewport={hung.name} tabIndex={0} role="region" aria-label={hung.labels[0] ?? hung.name}>
      <div className="content">
        {hung.content.length === 0 && <Text size="sm" c="dimmed">Nothing is shown here in this case.</Text>}
        {hung.content.length === 1 && hung.content[0] ? <Shown value={hung.content[0]} /> : <Stack gap={4}>{hung.content.map((value) => <Shown key={value.pk} value={value} />)}</Stack>}
      </div>
    </div>
  );
}
