import { Checkbox, Group, MultiSelect, NumberInput, Radio, Select, Slider, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";

import type { Json, Question } from "../contract";

export interface FieldProps {
  question: Question;
  value: Json;
  isLocked: boolean;
  complaint: string | undefined;
  onChange(value: Json): void;
}

const asNumber = (value: string | number | null): number | undefined => (value === null || value === "" ? undefined : Number(value));

function TextField({ question, value, isLocked, onChange }: FieldProps) {
  const shared = {
    value: typeof value === "string" ? value : "",
    disabled: isLocked,
    "aria-label": question.question_text_safe,
    ...(question.answer_max_length === null ? {} : { maxLength: question.answer_max_length }),
  };
  return question.widget === "Text Area" ? (
    <Textarea {...shared} autosize minRows={3} maxRows={12} onChange={(event) => onChange(event.currentTarget.value)} />
  ) : (
    <TextInput {...shared} onChange={(event) => onChange(event.currentTarget.value)} />
  );
}

function NumberField({ question, value, isLocked, onChange }: FieldProps) {
  const [min, max, step] = [asNumber(question.answer_min_value), asNumber(question.answer_max_value), asNumber(question.answer_step_size)];
  const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }), ...(step ? { step } : {}) };
  const number = typeof value === "number" ? value : null;
  const field = (
    <NumberInput
      {...bounds}
      aria-label={question.question_text_safe}
      value={number ?? ""}
      disabled={isLocked}
      clampBehavior="none"
      w={question.widget === "Number Range" ? 84 : 140}
      onChange={(next) => onChange(typeof next === "number" ? next : null)}
    />
  );
  if (question.widget !== "Number Range" || min === undefined || max === undefined) return field;
  return (
    <Group gap="sm" wrap="nowrap" align="center">
      <Slider
        {...bounds}
        flex={1}
        thumbLabel={question.question_text_safe}
        label={null}
        value={number ?? min}
        disabled={isLocked}
        marks={[{ value: min, label: String(min) }, { value: max, label: String(max) }]}
        mb="md"
        styles={number === null ? { thumb: { opacity: 0.4 } } : {}}
        onChange={(next) => onChange(next)}
      />
      {field}
    </Group>
  );
}

function optionData(question: Question) {
  return question.options.map(({ id, title }) => ({ value: String(id), label: title }));
}

function ChoiceField({ question, value, isLocked, onChange }: FieldProps) {
  const chosen = typeof value === "number" ? String(value) : null;
  if (question.widget === "Select") {
    return <Select data={optionData(question)} value={chosen} disabled={isLocked} clearable={!question.required} aria-label={question.question_text_safe} onChange={(next) => onChange(next === null ? null : Number(next))} />;
  }
  const Direction = question.form_direction === "Horizontal" ? Group : Stack;
  return (
    <Radio.Group value={chosen} aria-label={question.question_text_safe} onChange={(next) => onChange(Number(next))}>
      <Direction gap="xs">
        {question.options.map(({ id, title }, index) => (
          <Radio key={id} value={String(id)} disabled={isLocked} label={<OptionLabel title={title} index={index} />} onClick={() => chosen === String(id) && !question.required && onChange(null)} />
        ))}
      </Direction>
    </Radio.Group>
  );
}

function OptionLabel({ title, index }: { title: string; index: number }) {
  return (
    <span>
      <bdi>{title}</bdi>
      {index < 9 && (
        <Text span size="xs" c="dimmed" mx={6} className="hint" aria-hidden="true">
          {index + 1}
        </Text>
      )}
    </span>
  );
}

function MultipleChoiceField({ question, value, isLocked, onChange }: FieldProps) {
  const chosen = Array.isArray(value) ? value.map(String) : [];
  const put = (next: string[]) => onChange(question.options.map(({ id }) => id).filter((id) => next.includes(String(id))));
  if (question.widget === "Select Multiple") {
    return <MultiSelect data={optionData(question)} value={chosen} disabled={isLocked} aria-label={question.question_text_safe} onChange={put} />;
  }
  const Direction = question.form_direction === "Horizontal" ? Group : Stack;
  return (
    <Checkbox.Group value={chosen} aria-label={question.question_text_safe} onChange={put}>
      <Direction gap="xs">
        {question.options.map(({ id, title }, index) => (
          <Checkbox key={id} value={String(id)} disabled={isLocked} label={<OptionLabel title={title} index={index} />} />
        ))}
      </Direction>
    </Checkbox.Group>
  );
}

function BoolField({ question, value, isLocked, onChange }: FieldProps) {
  return <Switch checked={value === true} disabled={isLocked} label={<>{value === true ? "Yes" : "No"} <Text span size="xs" c="dimmed" ml={6} className="hint" aria-hidden="true">1 yes, 2 no</Text></>} aria-label={question.question_text_safe} onChange={(event) => onChange(event.currentTarget.checked)} />;
}

/** The widget of a question that is answered in words or numbers; nothing for drawings. */
export function Field(props: FieldProps) {
  switch (props.question.answer_type) {
    case "Text":
      return <TextField {...props} />;
    case "Number":
      return <NumberField {...props} />;
    case "Bool":
      return <BoolField {...props} />;
    case "Choice":
      return <ChoiceField {...props} />;
    case "Multiple choice":
      return <MultipleChoiceField {...props} />;
    default:
      return null;
  }
}
