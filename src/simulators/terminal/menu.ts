import { latinDigits } from '../../field/persian.ts';
import type { Language, Text } from '../../field/language.ts';
import { columns, digits } from './words.ts';

/** What an entry of the menu does: a DE 3, or one of the device's own acts. */
export type Deed = '179800' | '179898' | '000000' | '379800' | '310000' | '279800' | 'reverse' | 'echo' | 'update';

export interface MenuEntry {
  readonly label: Text;
  readonly deed: Deed;
}

/** What a device of the laboratory offers. */
export const FULL_MENU: readonly MenuEntry[] = [
  { deed: '179800', label: { fa: 'خرید کالابرگ، مانده از کارت', en: 'Voucher purchase, rest from card' } },
  { deed: '179898', label: { fa: 'خرید کالابرگ، مانده نقدی', en: 'Voucher purchase, rest in cash' } },
  { deed: '000000', label: { fa: 'خرید عادی', en: 'Ordinary purchase' } },
  { deed: '379800', label: { fa: 'مانده‌ی اعتبار کالابرگ', en: 'Voucher credit left' } },
  { deed: '310000', label: { fa: 'مانده‌ی حساب بانکی', en: 'Bank balance' } },
  { deed: 'reverse', label: { fa: 'برگشت آخرین خرید', en: 'Take back the last purchase' } },
  { deed: '279800', label: { fa: 'مرجوعی کالا', en: 'Return of goods' } },
  { deed: 'echo', label: { fa: 'ارتباط با مرکز', en: 'Network echo' } },
];

const WIDTH = 40;
const TITLE: Text = { fa: 'پایانه‌ی کالابرگ', en: 'Kalabarg terminal' };
const LEAVE: Text = { fa: 'خروج', en: 'Leave' };

/** The menu in a frame, entries by number, 0 to leave. */
export function menuText(entries: readonly MenuEntry[], language: Language): string {
  const line = (text: string): string => `│${text}${' '.repeat(Math.max(0, WIDTH - columns(text)))}│`;
  const item = (number: number, text: string): string => line(`  ${digits(String(number), language)}  ${text}`);
  const title = TITLE[language];
  return [
    '',
    `┌${'─'.repeat(WIDTH)}┐`,
    line(' '.repeat(Math.floor((WIDTH - columns(title)) / 2)) + title),
    `├${'─'.repeat(WIDTH)}┤`,
    ...entries.map(({ label }, index) => item(index + 1, label[language])),
    item(0, LEAVE[language]),
    `└${'─'.repeat(WIDTH)}┘`,
  ].join('\n');
}

/** @param choice as typed: digits of any script
 *  @returns undefined: there is no such entry */
export function chosenEntry(entries: readonly MenuEntry[], choice: string): MenuEntry | undefined {
  const number = latinDigits(choice.trim());
  return /^\d{1,2}$/.test(number) ? entries[Number(number) - 1] : undefined;
}
