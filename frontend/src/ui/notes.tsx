import { Anchor, Button, Center, CloseButton, Code, CopyButton, Group, Kbd, Loader, Stack, Text, Title } from "@mantine/core";
import { useEffect, useEffectEvent, type ReactNode } from "react";

/** What belongs on an empty page, and the first step. */
export function EmptyNote({ title, children, action, isPage = false }: { title: string; children: ReactNode; action?: ReactNode; isPage?: boolean }) {
  return (
    <Center mih="50vh" p="xl" component={isPage ? "main" : "div"}>
      <Stack align="center" maw={460} gap="sm">
        <Title order={isPage ? 1 : 2} size="h3" ta="center">
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

/** Something a person should know while going on: quiet, with the colour of its status at its side. */
export function Notice({ title, children, onClose }: { title?: string; children: ReactNode; onClose?: () => void }) {
  return (
    <section className="notice" role="status">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          {title && <strong>{title}</strong>}
          <div>{children}</div>
        </div>
        {onClose && <CloseButton size="sm" aria-label="Close" onClick={onClose} />}
      </Group>
    </section>
  );
}

/** Something to take along: shown as well, for browsers that copy nothing. */
export function CopyLine({ text, action }: { text: string; action: string }) {
  return (
    <Group gap="xs" mt={4}>
      <Code style={{ overflowWrap: "anywhere" }}>{text}</Code>
      <CopyButton value={text}>{({ copied, copy }) => <Button size="compact-xs" variant="default" onClick={copy}>{copied ? "Copied" : action}</Button>}</CopyButton>
    </Group>
  );
}

/** What happened, whether anything was lost, what to do. When the network comes back it tries by itself. */
export function ProblemNote({ title, children, onRetry }: { title: string; children: ReactNode; onRetry?: () => void }) {
  const retry = useEffectEvent(() => onRetry?.());
  useEffect(() => {
    const again = () => retry();
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, []);
  return (
    <Center mih="50vh" p="xl" component="main">
      <div className="notice" role="alert" style={{ maxWidth: 520 }}>
        <Stack gap="sm" align="flex-start">
          <Title order={1} size="h4">{title}</Title>
          <Text size="sm">{children}</Text>
          {onRetry && (
            <Button size="xs" onClick={onRetry}>
              Try again
            </Button>
          )}
        </Stack>
      </div>
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
      inherit
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

/** Show another page in the place of this one, which has nothing for this person. */
export function showInstead(path: string): void {
  history.replaceState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** Show another page of this application. */
export function goTo(path: string): void {
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}
