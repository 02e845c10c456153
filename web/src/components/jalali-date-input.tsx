import { ActionIcon, Popover, TextInput } from '@mantine/core';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { usePreferences } from '../app/preferences.ts';
import { dayOf, readTypedDay } from '../format/moment.ts';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';

const Calendar = lazy(async () => ({ default: (await import('./jalali-calendar.tsx')).JalaliCalendar }));

export interface JalaliDateInputProps {
  readonly label: string;
  /** ISO; empty: none. */
  readonly value: string;
  /** @param iso a day that exists, or empty */
  readonly onChange: (iso: string) => void;
  readonly required?: boolean;
  /** ISO days that it lies between, both taken in. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** Told with each letter, empty while it is no day yet: for forms, whose button waits for it. Else when one leaves it. */
  readonly whileTyping?: true;
}

/** A day, typed as `1405/02/31` in any digits (or Gregorian), or picked from a Jalali calendar. */
export function JalaliDateInput(props: JalaliDateInputProps): ReactNode {
  const { label, value, onChange, required = false, from, until, whileTyping } = props;
  const say = useWords(common);
  const { language } = usePreferences();
  const [typed, setTyped] = useState<string>();
  const [opened, setOpened] = useState(false);
  const shown = typed ?? (value === '' ? '' : dayOf(language, value));
  const wrong = typed !== undefined && typed.trim() !== '' && readTypedDay(typed) === undefined;
  const take = (): void => {
    if (typed === undefined || wrong) return;
    setTyped(undefined);
    onChange(typed.trim() === '' ? '' : (readTypedDay(typed) ?? ''));
  };
  const fault = (): string | undefined => {
    if (wrong) return say('date.wrong');
    if (value === '') return undefined;
    if (from !== undefined && value < from) return say('date.early', { day: dayOf(language, from) });
    return until !== undefined && value > until ? say('date.late', { day: dayOf(language, until) }) : undefined;
  };
  const calendar = (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <ActionIcon variant="subtle" aria-label={`${say('date.open')}: ${label}`} onClick={() => { setOpened(!opened); }}>
          <svg width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden>
            <path d="M2.500 4.500h13v11h-13zM2.500 8h13M6 2.500v3M12 2.500v3" />
          </svg>
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense fallback={say('loading')}>
          <Calendar
            value={value}
            from={from}
            until={until}
            onChange={(iso) => {
              setTyped(undefined);
              setOpened(false);
              onChange(iso);
            }}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  ); // prettier-ignore
  return (
    <TextInput
      label={label}
      placeholder={say('date.hint')}
      dir="ltr"
      maw="16rem"
      required={required}
      error={fault()}
      value={shown}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        if (whileTyping) onChange(readTypedDay(event.currentTarget.value) ?? '');
      }}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === 'Enter') take();
      }}
      rightSection={calendar}
    />
  );
}
