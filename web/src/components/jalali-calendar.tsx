import { DayPicker as PersianPicker, enUS, faIR } from '@daypicker/persian';
import type { ReactNode } from 'react';
import '@daypicker/react/style.css';
import { usePreferences } from '../app/preferences.ts';

interface JalaliCalendarProps {
  /** ISO; empty: none. */
  readonly value: string;
  readonly onChange: (iso: string) => void;
}

/** A month of the Jalali calendar. Its days are noons here, so that no shift of hours moves them. */
export function JalaliCalendar({ value, onChange }: JalaliCalendarProps): ReactNode {
  const { language } = usePreferences();
  const selected = value === '' ? undefined : new Date(`${value}T12:00:00`);
  return (
    <PersianPicker
      mode="single"
      dir={language === 'fa' ? 'rtl' : 'ltr'}
      locale={language === 'fa' ? faIR : enUS}
      numerals={language === 'fa' ? 'arabext' : 'latn'}
      {...(selected === undefined ? {} : { selected, defaultMonth: selected })}
      onSelect={(day) => {
        if (day !== undefined) onChange(isoOf(day));
      }}
    />
  );
}

function isoOf(day: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
