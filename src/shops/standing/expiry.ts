import type { Pool, PoolClient } from 'pg';
import { toJalali } from '../../field/jalali.ts';
import { DAY_MS, tehran } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { CAPABILITIES, RESTS_ON } from './capability.ts';
import { askItems, insertCase } from '../case/changes.ts';
import type { ItemCode } from '../requirements/item.ts';
import { shopRules } from '../requirements/rules.ts';
import { readCase, type KeptCase } from '../case/store.ts';
import { tellShop } from '../tell.ts';
import { isoInstant } from '../../ops/sql.ts';

/** Papers that end (people.md 4.3): a case asks for the new ones, the shop is reminded, and at 02:00 of their end they count no more. */

/** Of one run; the rest comes with the next. */
const MOST = 200;
/** Hours of Tehran in which people are told things that can wait for the morning. */
const AWAKE = { from: 8, to: 21 } as const;

interface Ending {
  readonly merchant: string;
  readonly name: string;
  readonly guild: string;
  readonly mobile: string | null;
  readonly code: ItemCode;
  /** ms since the epoch: what it holds until, as the shop was told, and when that begins to count. */
  readonly holds: number;
  readonly ends: number;
  /** Days before its end of the reminder that is due; 0: it has ended. */
  readonly days: number;
}

const ENDING = `
  select p.merchant_id as merchant, m.name, m.guild, m.mobile, p.code, ms_of(least(p.valid_until, p.asked_until))::float8 as holds,
         ms_of(e.at)::float8 as ends,
         case when e.at <= $1 then 0 when e.at <= $1 + interval '1 day' then 1 when e.at <= $1 + interval '7 days' then 7 else 14 end as days
    from shop_proofs p
    join merchants m on m.merchant_id = p.merchant_id and m.listed_status = 'approved'
   cross join lateral (select after_hours(least(p.valid_until, p.asked_until)) as at) e
   where least(p.valid_until, p.asked_until) <= $1 + interval '14 days'`;

/** Opens the cases that ask for what ends, and reminds the shops, each time once. Safe in any number of copies at once.
 *  @returns how many shops were reminded */
export async function remindShops(pool: Pool, now: number): Promise<number> {
  await askForEnding(pool, now);
  const hour = Number(tehran(now).time.slice(0, 2));
  if (hour < AWAKE.from || hour >= AWAKE.to) return 0;
  const { rows } = await pool.query<Ending>(
    `select * from (${ENDING}) x
      where not exists (select from shop_reminders r
                         where r.merchant_id = x.merchant and r.code = x.code and ms_of(r.ends_at) = x.ends and r.days <= x.days)
      order by ends limit ${MOST}`,
    [new Date(now)],
  );
  let told = 0;
  for (const ending of rows) if (await transaction(pool, (db) => remind(db, ending, now))) told++;
  return told;
}

async function remind(db: PoolClient, ending: Ending, now: number): Promise<boolean> {
  const { merchant, code, mobile, ends, holds, days } = ending;
  const kept = await db.query(
    `insert into shop_reminders (merchant_id, code, ends_at, days, at, told) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [merchant, code, new Date(ends), days, new Date(now), mobile !== null],
  );
  if (kept.rowCount === 0) return false; // another copy did
  const { rows } = await db.query<{ number: string }>(
    `select c.number from shop_cases c join shops s using (shop_id)
      where s.merchant_id = $1 and c.kind = 'reverify' and c.state not in ('APPROVED', 'REFUSED', 'WITHDRAWN')`,
    [merchant],
  );
  const number = rows[0]?.number ?? '';
  const values = { item: ITEM_NAMES[code], stops: stopsOf(code), number };
  const about = `merchant:${merchant}`;
  if (days === 0) return tellShop(db, mobile, 'item.ended', values, about, now);
  const left = Math.ceil((ends - now) / DAY_MS);
  return tellShop(db, mobile, 'item.ends', { ...values, days: left, day: jalali(holds - 1), end: jalali(ends) }, about, now); // prettier-ignore
}

/** A day as people read it. */
function jalali(ms: number): string {
  return toJalali(tehran(ms).isoDate).replaceAll('-', '/');
}

/** What ends within 14 days, or has ended, stands in a case that asks for it; a case that is under way already takes no more. */
async function askForEnding(pool: Pool, now: number): Promise<void> {
  const { rows } = await pool.query<Ending>(
    `select * from (${ENDING}) x
      where not exists (
        select from shop_cases c join shops s using (shop_id)
         where s.merchant_id = x.merchant and c.kind = 'reverify' and c.state not in ('APPROVED', 'REFUSED', 'WITHDRAWN')
           and (c.state <> 'DRAFT' or exists (select from shop_items i where i.case_id = c.case_id and i.code = x.code)))
      order by ends limit ${MOST}`,
    [new Date(now)],
  );
  for (const ending of rows) await transaction(pool, (db) => ask(db, ending, [ending.code], { ends: ending.ends, person: null }, now)); // prettier-ignore
}

/** Adds items to the shop's open case of the kind, or opens one.
 *  @returns its id; undefined: the open case is being looked at, and takes no more */
async function ask(
  db: PoolClient,
  shop: Pick<Ending, 'merchant' | 'name' | 'guild' | 'mobile'>,
  codes: readonly ItemCode[],
  { ends, person }: { readonly ends: number; readonly person: string | null },
  now: number,
): Promise<string | undefined> {
  await db.query('select pg_advisory_xact_lock(8583, hashtext($1))', [`reverify ${shop.merchant}`]);
  const { rows } = await db.query<{ id: string; state: string; codes: ItemCode[] }>(
    `select c.case_id::text as id, c.state, array(select i.code from shop_items i where i.case_id = c.case_id) as codes
       from shop_cases c join shops s using (shop_id)
      where s.merchant_id = $1 and c.kind = 'reverify' and c.state not in ('APPROVED', 'REFUSED', 'WITHDRAWN')`,
    [shop.merchant],
  );
  const [open] = rows;
  const missing = codes.filter((code) => open?.codes.includes(code) !== true);
  if (open !== undefined) {
    if (open.state !== 'DRAFT') return missing.length === 0 ? open.id : undefined;
    await askItems(db, open.id, missing, person, now);
    if (missing.length > 0) await db.query('update shop_cases set version = version + 1 where case_id = $1', [open.id]);
    return open.id;
  }
  const rules = await shopRules(db, { day: tehran(now).isoDate });
  const due = Math.max(ends, now + rules.answerDays * DAY_MS);
  const id = await insertCase(db, shop, { kind: 'reverify', clerk: null, rules: rules.version, due }, now);
  await askItems(db, id, missing, person, now);
  return id;
}

export interface AskedAgain {
  readonly merchantId: string;
  readonly items: readonly ItemCode[];
  /** ISO day (Tehran) until which what was shown counts. */
  readonly until: string;
  readonly reason: string;
}

/** A reviewer asks a shop that works to show items again. Until the day the shop keeps what it has.
 *  @throws GatewayError `shops.unknown`, `shops.refused`: too short a time, or a case is being looked at */
export async function askAgain(
  db: PoolClient,
  { merchantId, items, until, reason }: AskedAgain,
  by: By,
  now: number,
): Promise<KeptCase> {
  const rules = await shopRules(db, { day: tehran(now).isoDate });
  const holds = Date.parse(`${until}T20:30:00Z`); // midnight in Tehran, at the day's end
  if (!(holds >= now + rules.answerDays * DAY_MS))
    throw new GatewayError('shops.refused', `A shop has ${rules.answerDays} days at least to show something again.`);
  const { rows } = await db.query<Pick<Ending, 'merchant' | 'name' | 'guild' | 'mobile'>>(
    `select merchant_id as merchant, name, guild, mobile from merchants where merchant_id = $1 and listed_status <> 'applied'`,
    [merchantId],
  );
  const [shop] = rows;
  if (shop === undefined) throw new GatewayError('shops.unknown', `There is no shop ${merchantId}.`);
  const id = await ask(db, shop, items, { ends: holds, person: by.actor.id }, now);
  if (id === undefined)
    throw new GatewayError('shops.refused', 'What this shop shows again is being looked at: end that case first.');
  for (const code of items) {
    await db.query('select ask_proof_again($1, $2, $3)', [merchantId, code, new Date(holds)]);
  }
  await audit(db, by, { act: 'shop.asked-again', object: `merchant:${merchantId}`, after: { items, until, reason } });
  const kept = await readCase(db, id);
  const names = items.map((code) => ITEM_NAMES[code]).join('، ');
  const values = { items: names, number: kept.number, day: toJalali(until).replaceAll('-', '/') };
  await tellShop(db, shop.mobile, 'items.asked', values, `case:${id}`, now);
  return kept;
}

export interface Reminder {
  readonly item: ItemCode;
  readonly ends: string;
  /** Before its end; 0: it has ended. */
  readonly days: 14 | 7 | 1 | 0;
  readonly at: string;
  /** False: nobody knows its mobile. */
  readonly told: boolean;
}

/** What a shop was reminded of, the newest first. */
export async function remindersOf(db: Pool | PoolClient, merchant: string): Promise<Reminder[]> {
  const { rows } = await db.query<Reminder>(
    `select code as item, ${isoInstant('ends_at')} as ends, days,
            ${isoInstant('at')} as at, told
       from shop_reminders where merchant_id = $1 order by at desc, days limit 100`,
    [merchant],
  );
  return rows;
}

/** What stops without an item, in words. */
function stopsOf(code: ItemCode): string {
  const stopped = CAPABILITIES.filter((capability) => RESTS_ON[capability].includes(code));
  return stopped.map((capability) => CAPABILITY_NAMES[capability]).join('، ');
}

const CAPABILITY_NAMES = {
  voucher_purchase: 'خرید کالابرگی',
  card_purchase: 'خرید با کارت',
  payout: 'تسویه',
  refund: 'مرجوعی',
  new_terminal: 'پایانهٔ تازه',
} as const;

export const ITEM_NAMES: Readonly<Record<ItemCode, string>> = {
  guild_licence: 'پروانهٔ کسب',
  owner_identity: 'مدارک هویتی مالک',
  tax_code: 'کد رهگیری مالیاتی',
  sheba: 'شبا',
  mobile: 'شمارهٔ همراه',
  address: 'نشانی و کد پستی',
  terminal: 'پایانه',
  terms: 'پذیرش شرایط',
  relations: 'بررسی ارتباط‌ها',
};
