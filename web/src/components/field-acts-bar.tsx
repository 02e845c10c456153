import { Checkbox, Group, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { usePreferences } from '../app/preferences.ts';
import { rialsOf, unitOf } from '../format/money.ts';
import { ActsBar, type NamedAct } from './acts-bar.tsx';
import type { Field, FieldActsProps, Values } from './field-act.ts';
import { FileInput } from './file-input.tsx';
import { JalaliDateInput } from './jalali-date-input.tsx';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';

/** Acts that ask for more than a reason. */
export function FieldActsBar<Seen>({ acts, small }: FieldActsProps<Seen>): ReactNode {
  const looks = usePreferences();
  const [typed, setTyped] = useState<Values>({});
  const open = acts.filter((act) => act !== false && act !== undefined);
  const valuesOf = (ask: readonly Field[]): Values =>
    Object.fromEntries(
      ask.flatMap(({ name, kind }) => {
        const text = (typed[name] ?? '').trim();
        if (text === '') return [];
        return [[name, kind === 'money' ? (rialsOf(looks, text) ?? '') : text]];
      }),
    );
  const whole = open.map(({ ask, lines, fault, send, ...act }): NamedAct<Seen> => {
    const values = valuesOf(ask);
    const wrong = fault?.(values);
    const missing = ask.filter((field) => lacks(field, values[field.name]));
    return {
      ...act,
      ...(lines === undefined ? {} : { lines: (seen: Seen) => lines(seen, values) }),
      fields: (
        <>
          {ask.map((field) => (
            <One
              key={field.name}
              field={field}
              value={typed[field.name] ?? ''}
              onChange={(value) => {
                setTyped((now) => ({ ...now, [field.name]: value }));
              }}
            />
          ))}
          {wrong !== undefined && <div className="note bad">{wrong}</div>}
        </>
      ),
      ready: wrong === undefined && missing.length === 0,
      missing: missing.map(({ label }) => label),
      send: (given) => send(values, given),
    };
  });
  return (
    <ActsBar
      acts={whole}
      onOpen={(id) => {
        const chosen = open.find((act) => act.id === id);
        const firsts = (chosen?.ask ?? []).flatMap((field) => field.kind === 'choice' && field.optional !== true ? [[field.name, field.options[0]?.[0] ?? '']] : []); // prettier-ignore
        setTyped({ ...(Object.fromEntries(firsts) as Values), ...chosen?.start });
      }}
      {...(small === true ? { small } : {})}
    />
  );
}

/** Whether something is still to be written there. */
function lacks(field: Field, value: string | undefined): boolean {
  if (value === undefined) return field.optional !== true;
  if (field.kind === 'area') return value.length < (field.min ?? 0);
  if (field.kind === 'day') return value < (field.from ?? value) || value > (field.until ?? value);
  return value === '';
}

interface OneProps {
  readonly field: Field;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function One({ field, value, onChange }: OneProps): ReactNode {
  const say = useWords(common);
  const looks = usePreferences();
  const { label, optional } = field;
  const required = optional !== true;
  if (field.kind === 'day')
    return (
      <JalaliDateInput
        label={label}
        required={required}
        value={value}
        onChange={onChange}
        from={field.from}
        until={field.until}
        whileTyping
      />
    );
  if (field.kind === 'file')
    return (
      <FileInput
        label={label}
        required={required}
        accept={field.accept}
        onFile={async (file) => { onChange(file === null ? '' : await file.text()); }}
      />
    ); // prettier-ignore
  if (field.kind === 'choice')
    return (
      <NativeSelect
        label={label}
        required={required}
        value={value}
        data={[...(required ? [] : [{ value: '', label: '—' }]), ...field.options.map(([each, shown]) => ({ value: each, label: shown }))]}
        onChange={(event) => { onChange(event.currentTarget.value); }}
      />
    ); // prettier-ignore
  if (field.kind === 'many')
    return (
      <Checkbox.Group label={label} withAsterisk={required} value={value.split(' ').filter((each) => each !== '')} onChange={(chosen) => { onChange(chosen.join(' ')); }}>
        <Group gap="sm">
          {field.options.map(([each, shown]) => <Checkbox key={each} value={each} label={shown} />)}
        </Group>
      </Checkbox.Group>
    ); // prettier-ignore
  if (field.kind === 'area')
    return <Textarea label={label} required={required} {...(field.min === undefined ? {} : { description: say('act.least', { count: field.min }), minLength: field.min })} maxLength={field.max ?? 1_000} autosize minRows={3} value={value} onChange={(event) => { onChange(event.currentTarget.value); }} />; // prettier-ignore
  if (field.kind === 'money')
    return <TextInput label={`${label} (${unitOf(looks)})`} required={required} inputMode="numeric" dir="ltr" maxLength={20} value={value} onChange={(event) => { onChange(event.currentTarget.value); }} />; // prettier-ignore
  return <TextInput label={label} required={required} maxLength={field.max ?? 200} {...(field.ltr === true ? { dir: 'ltr' as const } : {})} value={value} onChange={(event) => { onChange(event.currentTarget.value); }} />; // prettier-ignore
}
