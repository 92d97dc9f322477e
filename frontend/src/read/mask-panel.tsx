import { Button, Group, NumberInput, RangeSlider, SegmentedControl, Slider, Stack, Switch, Text } from "@mantine/core";
import { useEffect, useSyncExternalStore } from "react";

import type { Question } from "../contract";
import { colorAt } from "../hanging";
import { lookTo } from "../imaging";
import { centerOf, lockOf } from "../reading";

import { commitMask, maskOf, useReading } from "./desk-context";
import { endTyping } from "./end-typing";
import type { MaskBench, MaskTool } from "./mask-bench";

const tools: { value: MaskTool; label: string }[] = [
  { value: "brush", label: "Brush" },
  { value: "eraser", label: "Erase" },
  { value: "threshold", label: "Thresh." },
  { value: "scissors", label: "Scissors" },
  { value: "fill", label: "Fill" },
  { value: "grow", label: "Grow" },
];

/** Segments of a mask question; one nameless segment when it names none. */
const segmentsOf = (question: Question) =>
  question.overlay_segments && question.overlay_segments.length > 0 ? question.overlay_segments.filter(({ voxel_value }) => voxel_value > 0) : [{ name: "Mask", visible: true, voxel_value: 1 }];

function Segments({ question, mask }: { question: Question; mask: MaskBench }) {
  const { bench, state } = useReading();
  const jump = (label: number) => {
    const center = mask.mask && centerOf(mask.mask, label);
    const viewport = bench.viewportOfPort(question.image_port);
    bench.setBrush({ label });
    if (center && viewport?.camera && mask.grid) bench.room.move(viewport, lookTo(viewport.camera, mask.grid.toWorld(center)));
  };
  return (
    <div role="radiogroup" aria-label="Segment">
      {segmentsOf(question).map(({ name, voxel_value }) => {
        const isHidden = mask.hidden.has(voxel_value);
        return (
          <div key={voxel_value} className="finding" data-selected={state.brush.label === voxel_value} onPointerEnter={() => (mask.highlighted = voxel_value)} onPointerLeave={() => (mask.highlighted = null)}>
            <span className="swatch" style={{ background: colorAt(voxel_value - 1) }} />
            <button type="button" className="name" role="radio" aria-checked={state.brush.label === voxel_value} title="Paint this segment; double click jumps to it" onClick={() => bench.setBrush({ label: voxel_value })} onDoubleClick={() => jump(voxel_value)}>
              {name}
            </button>
            <button
              type="button"
              aria-label={`${isHidden ? "Show" : "Hide"} ${name}`}
              onClick={() => {
                if (isHidden) mask.hidden.delete(voxel_value);
                else mask.hidden.add(voxel_value);
                bench.masksChanged();
              }}
            >
              {isHidden ? "○" : "●"}
            </button>
          </div>
        );
      })}
    </div>
  );
}

/** Keep drawing while something breathes: a preview, a highlighted segment. */
function useBreath(mask: MaskBench | undefined): void {
  const { bench } = useReading();
  useEffect(() => {
    if (!mask) return;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const timer = setInterval(() => {
      if (mask.preview !== null || mask.highlighted !== null) for (const viewport of bench.room.viewports.values()) viewport.requestDraw();
    }, isStill ? 1000 : 80);
    return () => clearInterval(timer);
  }, [mask, bench]);
}

function Threshold({ question, mask }: { question: Question; mask: MaskBench }) {
  const reading = useReading();
  const { bench, state } = reading;
  const { image } = mask;
  useSyncExternalStore(image.subscribe, () => image.progress);
  const [slope, intercept] = image.scale(0);
  const ends = [(image.index?.minimum ?? 0) * slope + intercept, (image.index?.maximum ?? 1) * slope + intercept].sort((a, b) => a - b);
  const [least, most] = [Math.floor(ends[0] ?? 0), Math.ceil(ends[1] ?? 1)];
  const step = Math.max((most - least) / 1000, most - least > 50 ? 1 : 0.001);
  const set = (range: [number, number]) => {
    bench.setBrush({ range });
    if (mask.preview) mask.preview = range;
    bench.masksChanged();
  };
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Text size="sm">Threshold</Text>
        <Text size="xs" c="dimmed">{[Math.max(least, state.brush.range[0]), Math.min(most, state.brush.range[1])].map((value) => value.toFixed(step < 1 ? 2 : 0)).join(" to ")}</Text>
      </Group>
      <RangeSlider min={least} max={most} step={step} minRange={0} value={[Math.max(least, state.brush.range[0]), Math.min(most, state.brush.range[1])]} onChange={set} thumbFromLabel="Lower threshold" thumbToLabel="Upper threshold" label={(value) => value.toFixed(step < 1 ? 2 : 0)} />
      <Group gap={6}>
        <Button
          size="compact-xs"
          variant={mask.preview ? "filled" : "default"}
          aria-pressed={mask.preview !== null}
          onClick={() => {
            mask.preview = mask.preview ? null : state.brush.range;
            bench.masksChanged();
          }}
        >
          Preview
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          disabled={image.progress !== "full"}
          onClick={() => {
            mask.preview = null;
            mask.whole("threshold", state.brush);
            commitMask(reading, question, mask);
          }}
        >
          Mark whole volume
        </Button>
      </Group>
    </Stack>
  );
}

/** Everything for painting a mask. */
export function MaskPanel({ question }: { question: Question }) {
  const reading = useReading();
  const { bench, state, session } = reading;
  const mask = maskOf(reading, question);
  useBreath(mask);
  if (!mask) return <Text size="xs" c="dimmed">The image for this mask is not shown in this case.</Text>;
  if (lockOf(session, question) !== null) return <Segments question={question} mask={mask} />;
  const isOn = state.question === question.pk && tools.some(({ value }) => value === state.tool);
  const whole = (act: "islands" | "interpolate" | "clear") => {
    mask.whole(act, state.brush);
    commitMask(reading, question, mask);
  };
  return (
    <Stack gap={8}>
      <Segments question={question} mask={mask} />
      <SegmentedControl size="xs" fullWidth aria-label="Mask tool" data={tools} value={isOn ? state.tool : ""} onChange={(value) => bench.state.set({ tool: value as MaskTool, question: question.pk })} />
      <Group gap="xs" wrap="nowrap">
        <Text size="xs" w={56}>Radius</Text>
        <Slider flex={1} min={0.5} max={50} step={0.5} value={state.brush.radius} onChange={(radius) => bench.setBrush({ radius })} label={null} thumbLabel="Brush radius in millimetres" />
        <NumberInput size="xs" w={70} min={0.1} max={200} value={state.brush.radius} suffix=" mm" aria-label="Brush radius" onKeyDown={endTyping} onChange={(next) => typeof next === "number" && next > 0 && bench.setBrush({ radius: next })} />
      </Group>
      <Switch size="xs" label="Paint in three dimensions" checked={state.brush.isBall} onChange={(event) => bench.setBrush({ isBall: event.currentTarget.checked })} />
      {state.tool === "grow" && (
        <NumberInput size="xs" label="Values may differ by" min={0} value={state.brush.tolerance} onKeyDown={endTyping} onChange={(next) => typeof next === "number" && bench.setBrush({ tolerance: next })} />
      )}
      <Threshold question={question} mask={mask} />
      <Group gap={6}>
        <Button size="compact-xs" variant="default" onClick={() => whole("interpolate")}>Between slices</Button>
        <Button size="compact-xs" variant="default" onClick={() => whole("islands")}>Largest piece only</Button>
        <Button size="compact-xs" variant="default" onClick={() => whole("clear")}>Clear segment</Button>
      </Group>
    </Stack>
  );
}
