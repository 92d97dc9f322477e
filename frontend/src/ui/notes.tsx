import { Alert, Anchor, Button, Center, Group, Kbd, Loader, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** What belongs on an empty page, and the first step. */
export function EmptyNote({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <Center mih="50vh" p="xl">
      <Stack align="center" maw={460} gap="sm">
        <Title order={2} size="h3" ta="center">
          {title}
        </Title>
        <Text c="dimmed" ta="center">
          {children}
        </Text>
        {action}
      </Stack>
    </Center>
  );
}

/** What happened, whether anything was lost, what to do. */
export function ProblemNote({ title, children, onRetry }: { title: string; children: ReactNode; onRetry?: () => void }) {
  return (
    <Center mih="50vh" p="xl">
      <Alert color="yellow" title={title} maw={520} role="alert">
        <Stack gap="sm" align="flex-start">
          <Text size="sm">{children}</Text>
          {onRetry && (
            <Button size="xs" onClick={onRetry}>
              Try again
            </Button>
          )}
        </Stack>
      </Alert>
    </Center>
  );
}

export function Waiting({ children }: { children: string }) {
  return (
    <Center mih="50vh">
      <Group gap="sm" role="status">
        <Loader size="sm" />
        <Text c="dimmed">{children}</Text>
      </Group>
    </Center>
  );
}

export function KeyName({ chord }: { chord: string }) {
  const names: Record<string, string> = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Enter: "⏎", Backspace: "⌫", Delete: "Del", Escape: "Esc" };
  return (
    <Group component="span" gap={3} display="inline-flex">
      {chord.split("+").map((part, index) => (
        <Kbd key={`${part}-${String(index)}`} size="xs">
          {names[part] ?? part}
        </Kbd>
      ))}
    </Group>
  );
}

/** Text the server has rendered from Markdown and cleaned. */
export function CleanHtml({ html }: { html: string }) {
  return <div className="clean-html" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** A link that stays inside this application. */
export function PageLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Anchor
      underline="always"
      href={to}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        goTo(to);
      }}
    >
      {children}
    </Anchor>
  );
}

/** Show another page of this application. */
export function goTo(path: string): void {
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}
