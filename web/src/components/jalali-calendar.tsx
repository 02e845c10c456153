import { DayPicker as PersianPicker, enUS, faIR } from '@daypicker/persian';
import type { ReactNode } from 'react';
import '@daypicker/react/style.css';
import { usePreferences } from '../app/preferences.ts';

interface JalaliCalendarProps {
  /** ISO; empty: none. */
  readonly value: string;
  readonly onChange: (iso: string) => void;
  /** ISO days that it lies between, both taken in. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** A month of the Jalali calendar. Its days are noons here, so that no shift of hours moves them. */
export function JalaliCalendar({ value, onChange, from, until }: JalaliCalendarProps): ReactNode {
  const { language } = usePreferences();
  const selected = value === '' ? undefined : noonOf(value);
  const shown = selected ?? (from === undefined ? undefined : noonOf(from));
  return (
    <PersianPicker
      mode="single"
      dir={language === 'fa' ? 'rtl' : 'ltr'}
      locale={language === 'fa' ? faIR : enUS}
      numerals={language === 'fa' ? 'arabext' : 'latn'}
      {...(selected === undefined ? {} : { selected })}
      {...(shown === undefined ? {} : { defaultMonth: shown })}
      disabled={[
        ...(from === undefined ? [] : [{ before: noonOf(from) }]),
        ...(until === undefined ? [] : [{ after: noonOf(until) }]),
      ]}
      onSelect={(day) => {
        if (day !== undefined) onChange(isoOf(day));
      }}
    />
  );
}

function noonOf(iso: string): Date {
  return new Date(`${iso}T12:00:00`);
}

function isoOf(day: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
