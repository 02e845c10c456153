import type { Command } from 'commander';
import { DEMO_HOUSEHOLDS, DEMO_PIN, demoPan, demoTrack2 } from '../../../demo/index.ts';
import { hasLuhnDigit, maskPan } from '../../../field/pan.ts';
import { digitsOf } from '../../../field/persian.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { readSecretFile } from '../../../ops/secret-file.ts';
import type { Language } from '../../../field/language.ts';
import type { Ask, SimulatedCard } from '../../../simulators/terminal/index.ts';
import { whole, wrongOption } from '../../options.ts';

/** What asks for a card and its PIN, in which language. */
export interface CardReader {
  readonly language: Language;
  readonly secret: Ask;
}

const WORDS = {
  swipe: { fa: 'کارت را بکشید، یا شماره‌ی آن را بنویسید (نمایش داده نمی‌شود): ', en: 'Card: swipe it, or type its number (not shown): ' }, // prettier-ignore
  expiry: { fa: 'انقضا، YYMM (نمایش داده نمی‌شود): ', en: 'Expiry, YYMM (not shown): ' },
  pin: { fa: 'رمز: ', en: 'PIN: ' },
  household: { fa: 'کارت خانوار شماره‌ی (۱ تا ۱۰۰۰): ', en: 'Card of household (1 to 1000): ' },
  unreadable: { fa: 'کارت خوانده نشد', en: 'The card cannot be read' },
  badPin: { fa: 'رمز باید ۴ تا ۱۲ رقم باشد', en: 'A PIN has 4 to 12 digits' },
} as const;

/** Whose card is inserted: a household's of the demo, or one in a file or typed. */
export interface CardOptions {
  readonly household?: number;
  readonly card?: string;
  readonly pin?: string;
}

export function withCard(command: Command): Command {
  return command
    .option(
      '--household <n>',
      'whose card of the demo is inserted, 1 to 1000 (default: 7)',
      whole('--household', 1, DEMO_HOUSEHOLDS),
    )
    .option('--card <file>', 'another card: JSON with pan, expiry (YYMM) or track2, and pin or none, mode 0600')
    .option(
      '--pin <digits>',
      `PIN of a card of the demo (default: ${DEMO_PIN}); of another card it is typed`,
      pinOption,
    );
}

/** The card of a transaction. What is not in its file is asked for.
 *  @param demo the device is of the demo: with no card named, household 7 buys
 *  @throws GatewayError `option.invalid`, `terminal.card`, `file.not-private`, `file.unreadable` */
export async function cardOf(
  options: CardOptions,
  demo: boolean,
  withPin: boolean,
  reader: CardReader,
): Promise<SimulatedCard> {
  const { card, household, pin } = options;
  if (card === undefined && (household !== undefined || demo)) {
    const card = demoCard(household ?? 7);
    return { ...card, pin: withPin ? (pin ?? DEMO_PIN) : undefined };
  }
  if (pin !== undefined)
    throw wrongOption('--pin', 'none for a card of your own: everybody on this machine sees arguments. It is typed, or stands in the file'); // prettier-ignore
  const own = card === undefined ? await typedCard(reader) : cardIn(card);
  return { ...own, pin: withPin ? (own.pin ?? (await typedPin(reader))) : undefined };
}

/** The card of a household of the demo, as a clerk of the laboratory names it. */
export async function householdCard(ask: Ask, withPin: boolean, reader: CardReader): Promise<SimulatedCard> {
  const { language } = reader;
  const number = digitsOf(await ask(WORDS.household[language]));
  const household = Number(number);
  if (!/^\d{1,4}$/.test(number) || household < 1 || household > DEMO_HOUSEHOLDS)
    throw new GatewayError('panel.input', WORDS.unreadable[language]);
  return { ...demoCard(household), pin: withPin ? await typedPin(reader) : undefined };
}

export function demoCard(household: number): SimulatedCard {
  return { pan: demoPan(household), track2: demoTrack2(household), pin: DEMO_PIN };
}

/** How a card is called where it is kept: by its household, or by six digits and four. */
export function cardName(pan: string): string {
  const household = Number(pan.slice(6, -1));
  const isDemo = household >= 1 && household <= DEMO_HOUSEHOLDS && demoPan(household) === pan;
  return isDemo ? String(household) : maskPan(pan);
}

/** Before anything is done: a card that cannot be read is told at once. */
export function demandCard({ card }: CardOptions): void {
  if (card !== undefined) cardIn(card);
}

function cardIn(file: string): SimulatedCard {
  const text = readSecretFile(file);
  const { pan, expiry, track2, pin } = parsed(file, text);
  if (pin !== undefined && !/^\d{4,12}$/.test(pin)) throw new GatewayError('terminal.card', `The PIN in ${file} must have 4 to 12 digits.`); // prettier-ignore
  return { ...cardFrom(track2 ?? `${pan ?? ''}=${expiry ?? ''}`, file), pin };
}

type CardFile = Partial<Record<'pan' | 'expiry' | 'track2' | 'pin', string>>;

function parsed(file: string, text: string): CardFile {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const wrong = Object.entries(value).find(
        ([name, each]) => !['pan', 'expiry', 'track2', 'pin'].includes(name) || typeof each !== 'string',
      );
      if (wrong === undefined) return value;
    }
  } catch {
    // What it holds is not quoted: it is a card.
  }
  throw new GatewayError('terminal.card', `${file} is no card: give JSON with pan, expiry or track2, and pin, each as text.`); // prettier-ignore
}

async function typedCard({ language, secret }: CardReader): Promise<SimulatedCard> {
  const read = digitsOf(await secret(WORDS.swipe[language]));
  if (read.includes('=')) return cardFrom(read.replace(/^;|\?.*$/g, ''), 'The card');
  return cardFrom(`${read}=${digitsOf(await secret(WORDS.expiry[language]))}`, 'The card');
}

/** Track 2: number, expiry, and what the stripe has after it; where that is not known, a service code of chip cards and zeros. */
function cardFrom(track: string, whose: string): SimulatedCard {
  const [, pan = '', expiry = '', rest = ''] = /^(\d{12,19})[=D](\d{2}(?:0[1-9]|1[0-2]))(\d{0,20})$/.exec(track) ?? [];
  if (pan === '' || !hasLuhnDigit(pan))
    throw new GatewayError('terminal.card', `${whose} needs a number with a right check digit, and an expiry as YYMM.`);
  return { pan, track2: `${pan}=${expiry}${rest === '' ? '2010000000000' : rest}`.slice(0, 37), pin: undefined };
}

function pinOption(text: string): string {
  if (/^\d{4,12}$/.test(text)) return text;
  throw wrongOption('--pin', '4 to 12 digits');
}

async function typedPin({ language, secret }: CardReader): Promise<string> {
  const pin = digitsOf(await secret(WORDS.pin[language]));
  if (/^\d{4,12}$/.test(pin)) return pin;
  throw new GatewayError('panel.input', WORDS.badPin[language]);
}
