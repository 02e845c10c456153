import type { Pool, PoolClient } from 'pg';
import type { Text } from '../../field/language.ts';
import { tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { sqlIn } from '../../ops/sql.ts';

/** What a terminal can have, what its figure is, and what a person does about it (docs/operations.md). */
export const HEALTH_RULES = {
  'stan-gaps': {
    unit: '% of requests',
    todo: {
      fa: 'شماره‌ی پیگیری می‌پرد: پیام‌ها گم می‌شوند یا دو دستگاه یک شماره دارند؛ خط و نرم‌افزار را بررسی کنید',
      en: 'its STAN jumps: messages are lost on the way, or two devices have one number; look at its line and software',
    },
  },
  'late-answers': {
    unit: '% of requests',
    todo: {
      fa: 'پاسخ‌ها دیر می‌رسد: نخست پیوند بانک را ببینید؛ اگر تنها این پایانه است، خط آن را',
      en: 'its answers are late: look at the bank link first; where it is this terminal alone, at its line',
    },
  },
  reversals: {
    unit: '% of sales',
    todo: {
      fa: 'برگشت‌ها زیاد است: پاسخ به پایانه نمی‌رسد یا متصدی باطل می‌کند؛ خط را آزمایش و با فروشگاه گفتگو کنید',
      en: 'it reverses much: answers do not reach it, or the clerk cancels; test its line, talk to the shop',
    },
  },
  'mac-failures': {
    unit: 'a day',
    todo: {
      fa: 'MAC نادرست: کلیدها از هم جدا شده‌اند یا کسی پیام می‌سازد؛ ورود دوباره، و اگر ماند مسدودش کنید',
      en: 'wrong MACs: its keys are out of step, or somebody forges; let it sign on again, block it where that does not help',
    },
  },
  'clock-drift': {
    unit: 's',
    todo: {
      fa: 'ساعت پایانه درست نیست: پیش از آن که خریدهایش رد شود تنظیمش کنید',
      en: 'its clock is wrong: have it set before its purchases are refused (30, field 13)',
    },
  },
  silent: {
    unit: 'sales yesterday',
    todo: {
      fa: 'دیروز می‌فروخت و امروز خاموش است: به فروشگاه زنگ بزنید',
      en: 'it sold yesterday and is silent today: call the shop',
    },
  },
} as const satisfies Readonly<Record<string, { readonly unit: string; readonly todo: Text }>>;
export type HealthRule = keyof typeof HEALTH_RULES;
export const HEALTH_RULE_NAMES = Object.keys(HEALTH_RULES) as readonly HealthRule[];

export interface SickTerminal {
  readonly terminal: string;
  readonly merchant: string;
  readonly model: string | null;
  readonly psp: string | null;
  readonly rule: HealthRule;
  readonly value: number;
  readonly threshold: number;
  readonly todo: Text;
}

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** Terminals beyond a threshold on a day, the worst of each rule first.
 *  @param day ISO, in Tehran; undefined: today so far
 *  @throws GatewayError `terminals.health-rule` */
export async function sickTerminals(
  db: Pool | PoolClient,
  { now, day, rule }: { readonly now: number; readonly day?: string | undefined; readonly rule?: string | undefined },
): Promise<SickTerminal[]> {
  if (rule !== undefined && !Object.hasOwn(HEALTH_RULES, rule))
    throw new GatewayError('terminals.health-rule', `There is no rule "${rule}": ${HEALTH_RULE_NAMES.join(', ')}.`);
  const { isoDate, time } = tehran(now);
  const of = day ?? isoDate;
  const hour = of === isoDate ? Number(time.slice(0, 2)) : 24;
  const { rows } = await db.query<Omit<SickTerminal, 'todo'>>(sql('sick'), [of, hour, rule ?? null]);
  return rows.map((row) => ({ ...row, todo: HEALTH_RULES[row.rule].todo }));
}

/** Days that nobody looks at any more. */
const KEEP_DAYS = 400;

/** The duty: how many are sick by each rule, and old days go. @returns by rule */
export async function healthDuty(pool: Pool, now: number): Promise<ReadonlyMap<HealthRule, number>> {
  const sick = await sickTerminals(pool, { now });
  const counts = new Map(HEALTH_RULE_NAMES.map((name) => [name, sick.filter(({ rule }) => rule === name).length]));
  await pool.query('delete from terminal_health_days where day < $1::date - $2::int', [tehran(now).isoDate, KEEP_DAYS]);
  return counts;
}
