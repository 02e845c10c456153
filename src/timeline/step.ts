import { TITLES, CAN, type TitleKey } from './words.ts';
import type { Text } from '../field/language.ts';

/** Shapes of a timeline. Instants are ms since the epoch. */

export const STEP_KINDS = [
  'received',
  'checks',
  'decision',
  'hold',
  'card-leg',
  'completion',
  'confirmation',
  'postings',
  'original',
  'return',
  'reversal',
  'advice',
  'complaint',
  'dispute',
  'break',
  'acquirer',
  'sheba-change',
  'business-day',
  'netting',
  'order',
  'release',
  'delivery',
  'bank-answer',
  'credited',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** Who has to move: the gateway by itself, settlement staff, the bank, the shop, the terminal; or a party of a complaint. */
export const PARTIES = [
  'system',
  'operator',
  'bank',
  'shop',
  'terminal',
  'complainant',
  'support',
  'second_person',
] as const;
export type WaitsOn = (typeof PARTIES)[number];

export interface Waiting {
  readonly on: WaitsOn;
  readonly since: number;
  /** Undefined: it has no end of its own. */
  readonly until?: number | undefined;
  readonly late: boolean;
  /** The person, bank or device, where it is known. */
  readonly who?: string | undefined;
  readonly can: Text;
}

export interface Actor {
  readonly kind: 'terminal' | 'gateway' | 'bank' | 'person' | 'shop' | 'acquirer';
  readonly name: string;
}

export interface Step {
  readonly kind: StepKind;
  /** Null: not yet, or nobody keeps when. */
  readonly at: number | null;
  readonly durationMs?: number;
  readonly actor: Actor;
  readonly outcome: 'done' | 'refused' | 'failed' | 'open' | 'none';
  readonly titleKey: TitleKey;
  readonly title: Text;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly waiting?: Waiting;
}

export const GATEWAY: Actor = { kind: 'gateway', name: 'kalabarg-gateway' };
export const BANK: Actor = { kind: 'bank', name: 'bank switch' };
/** That of the shops’ accounts: another than the one behind the switch. */
export const PAYING_BANK: Actor = { kind: 'bank', name: 'paying bank' };
export const person = (name: string): Actor => (name === 'gateway' ? GATEWAY : { kind: 'person', name });

/** What is null or undefined is left out: a fact that nobody knows is none. */
export function factsOf(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null && value !== undefined));
}

export function step(
  kind: StepKind,
  titleKey: TitleKey,
  {
    facts = {},
    actor = GATEWAY,
    at = null,
    outcome = 'done',
    ...rest
  }: Partial<Omit<Step, 'kind' | 'titleKey' | 'title'>>,
): Step {
  return { kind, titleKey, title: TITLES[titleKey], at, actor, outcome, facts: factsOf(facts), ...rest };
}

export function waits(
  on: WaitsOn,
  {
    since,
    until,
    who,
    can = on,
  }: { since: number; until?: number | undefined; who?: string | null | undefined; can?: string },
  now: number,
): Waiting {
  return {
    on,
    since: Math.min(since, now), // a day that was opened in the evening has its midnight before it
    ...(until === undefined ? {} : { until }),
    late: until !== undefined && now > until,
    ...(who === undefined || who === null || who === '' ? {} : { who }),
    can: CAN[can] ?? CAN[on] ?? { fa: '', en: '' },
  };
}

/** `IR38…0001`: enough to tell two accounts apart. The whole of it is shown where its reading is audited. */
export function maskedSheba(sheba: string): string {
  return sheba.length < 12 ? sheba : `${sheba.slice(0, 7)}…${sheba.slice(-4)}`;
}
