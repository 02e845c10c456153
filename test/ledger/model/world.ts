import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import type {
  BasketLine,
  Decision,
  Ledger,
  PurchaseRequest,
  QuoteRequest,
  RequestHeader,
  ReturnRequest,
  ReversalRequest,
} from '../../../src/ledger/index.ts';
import { tehran, transmissionDateTime } from '../../../src/ops/clock.ts';
import { GOODS, GUILDS, RATION } from './basket.ts';
import type { Programme, Rules } from './types.ts';

/** Two terminals of a supermarket, two of a butcher. */
export const TERMINALS = [
  { terminal: '20000001', merchant: '000000000000101', guild: 'supermarket' },
  { terminal: '20000002', merchant: '000000000000101', guild: 'supermarket' },
  { terminal: '20000003', merchant: '000000000000102', guild: 'butcher' },
  { terminal: '20000004', merchant: '000000000000102', guild: 'butcher' },
] as const;
export type Till = (typeof TERMINALS)[number];

let serial = 0;

/** A request's header with a name of its own. */
export function header(till: Till, card: Buffer, at: number): RequestHeader {
  const stan = String((serial++ % 999_999) + 1).padStart(6, '0');
  const { time, date } = tehran(at);
  return {
    key: { terminal: till.terminal, stan, localTime: time, localDate: date },
    transmission: transmissionDateTime(at),
    merchant: till.merchant,
    contentHash: createHash('sha256').update(`${serial}`).digest(),
    card: { hash: card, masked: '603799******0000' },
    at,
  };
}

export function purchaseRequest(
  head: RequestHeader,
  totalRials: bigint,
  rest: 'card' | 'cash',
  basket?: readonly BasketLine[],
  quoteRef?: string,
): PurchaseRequest {
  return {
    ...head,
    totalRials,
    rest,
    basket,
    quoteRef,
    softwareVersion: undefined,
  };
}

export function quoteRequest(
  head: RequestHeader,
  totalRials: bigint,
  rest: 'card' | 'cash',
  basket: readonly BasketLine[] | undefined,
  reserve: boolean,
): QuoteRequest {
  return { ...head, totalRials, basket, rest, softwareVersion: undefined, reserve };
}

export function returnRequest(head: RequestHeader, totalRials: bigint, originalRrn: string): ReturnRequest {
  return { ...head, totalRials, originalRrn };
}

/** A reversal of `original` from the same terminal. */
export function reversalRequest(
  original: RequestHeader,
  at: number,
  correctedRials?: bigint,
  totalRials = 1n,
): ReversalRequest {
  const till = TERMINALS.find(({ terminal }) => terminal === original.key.terminal)!;
  const { key, merchant, contentHash } = header(till, original.card.hash, at);
  const { stan } = original.key;
  return {
    key,
    merchant,
    contentHash,
    at,
    original: { mti: '0200', stan, transmission: original.transmission },
    totalRials,
    correctedRials,
    reason: '17',
  };
}

/** A programme with two shops, goods and a ration, and no households yet. */
export async function openBooks(pool: pg.Pool, rules: Rules): Promise<void> {
  await pool.query(`insert into programmes values ('test')`);
  await setRules(pool, rules);
  for (const { terminal, merchant, guild } of TERMINALS) {
    await pool.query(
      `insert into merchants values ($1, 'shop', $2, 'IR380170000000100000000001', 'approved') on conflict do nothing`,
      [merchant, guild],
    );
    await pool.query('insert into terminals (terminal_id, merchant_id) values ($1, $2)', [terminal, merchant]);
  }
  for (const { code, category, unit, cap } of GOODS) {
    await pool.query(
      `insert into goods (code, category, name_fa, unit, price_cap_rials, valid_from) values ($1, $2, 'good', $3, $4, '2020-03-20')`,
      [code, category, unit, cap],
    );
  }
  for (const [guild, categories] of Object.entries(GUILDS)) {
    await pool.query('insert into guild_goods select $1, unnest($2::text[])', [guild, categories]);
  }
  await ration(pool, 'test');
}

/** Another programme beside the one of `openBooks`, with a ration of its own. */
export async function addProgramme(pool: pg.Pool, programme: Programme, rules: Rules): Promise<void> {
  await pool.query('insert into programmes values ($1)', [programme]);
  await setRules(pool, rules, programme);
  await ration(pool, programme);
}

async function ration(pool: pg.Pool, programme: Programme): Promise<void> {
  const { category, perMember } = RATION;
  await pool.query(`insert into entitlements values ($1, $2, '*', $3)`, [programme, category, perMember[programme]]);
}

/** The rules from today on. */
export async function setRules(pool: pg.Pool, rules: Rules, programme: Programme = 'test'): Promise<void> {
  await pool.query(
    `insert into programme_rules (programme_id, valid_from, pin_check, min_card_rials, max_purchase_rials, max_day_rials,
                                  max_day_purchases, max_period_rials)
     values ($7, '2020-03-20', $1, $2, $3, $4, $5, $6)
     on conflict (programme_id, valid_from) do update
        set pin_check = excluded.pin_check, min_card_rials = excluded.min_card_rials,
            max_purchase_rials = excluded.max_purchase_rials, max_day_rials = excluded.max_day_rials,
            max_day_purchases = excluded.max_day_purchases, max_period_rials = excluded.max_period_rials`,
    [
      rules.pinCheck,
      rules.minCardRials,
      rules.maxPurchaseRials,
      rules.maxDayRials,
      rules.maxDayPurchases,
      rules.maxPeriodRials,
      programme,
    ],
  );
}

export interface BucketOf {
  readonly programme?: Programme;
  readonly rials: bigint;
  readonly from: string;
  readonly to: string;
}

/** A new household with two cards; the buckets in the order in which they end. */
export async function addHousehold(
  pool: pg.Pool,
  members: number,
  buckets: readonly BucketOf[],
): Promise<{ id: string; cards: Buffer[] }> {
  const id = `M${serial++}x${randomBytes(4).toString('hex')}`;
  const cards = [randomBytes(32), randomBytes(32)];
  await pool.query('insert into households values ($1, $2)', [id, members]);
  await pool.query(`insert into cards select unnest($1::bytea[]), '603799******0000', $2`, [cards, id]);
  await pool.query('select open_business_day($1)', [tehran(Date.now()).isoDate]);
  for (const [index, { programme = 'test', rials, from, to }] of buckets.entries()) {
    await pool.query(
      `with added as (
         insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
         values ($1, $6, '1405-0' || $2::text, $3, $4, $5) returning bucket_id)
       insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
       select $1, nextval('transaction_ids'), 1, (select max(business_day) from business_days), 0, 'allocation', bucket_id,
              -$3::bigint, $3::bigint from added`,
      [id, index + 1, rials, from, to, programme],
    );
  }
  return { id, cards };
}

/** The outcome of a decision that has one. */
export function outcome(decision: Decision) {
  if (!('outcome' in decision)) throw new Error(`no outcome: ${decision.kind}`);
  return decision.outcome;
}

export type Face = Pick<
  Ledger,
  'purchase' | 'complete' | 'quote' | 'releaseQuote' | 'return' | 'reverse' | 'advise' | 'housekeep'
>;
