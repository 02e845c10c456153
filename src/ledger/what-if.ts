import type { Pool, PoolClient } from 'pg';
import { DECISIONS } from '../ops/function-set.ts';
import { tehran, transmissionDateTime } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import { purchaseEntry, requestsOf } from './entries.ts';
import { rationsOf, type Ration } from './household.ts';
import type { BasketLine, CardRef } from './ledger.ts';
import { explainedLines, knownLines, refusedLines, type WhatIfLine } from './what-if-lines.ts';
import { outcomeOf, VERDICT_COLUMNS, type Verdict } from './verdicts.ts';

/** A purchase that is not made. */
export interface WhatIf {
  readonly household: string;
  readonly totalRials: bigint;
  /** What the credit does not pay comes from the card, or is due in cash. */
  readonly rest: 'card' | 'cash';
  readonly basket?: readonly BasketLine[] | undefined;
  /** Where; undefined: at any terminal that works, of a shop of `guild` where that is given. */
  readonly terminal?: string | undefined;
  readonly guild?: string | undefined;
  /** ISO date in Tehran; undefined: now. */
  readonly day?: string | undefined;
}

export interface WhatIfVerdict {
  readonly terminal: string;
  readonly merchant: string;
  /** asks-bank: the bank would be asked for the card part or the PIN. */
  readonly verdict: 'approved' | 'asks-bank' | 'declined';
  readonly rc: string;
  readonly reason: string;
  /** Of a decline because of a good: which. */
  readonly good: { readonly code: string; readonly nameFa: string } | undefined;
  readonly voucherRials: bigint;
  readonly cardRials: bigint;
  readonly cashRials: bigint;
  /** After it. */
  readonly creditLeftRials: bigint;
  /** Of a purchase that says its goods; of one that is declined for another reason than these, none. */
  readonly lines: readonly WhatIfLine[];
  /** What it would take, in this order. */
  readonly takes: readonly Take[];
  /** Rations that it would use, with what is used before and after it. */
  readonly rations: readonly RationUse[];
}

interface RationUse extends Omit<Ration, 'used'> {
  readonly usedBefore: string;
  readonly usedAfter: string;
}

interface Take {
  readonly programme: string;
  readonly period: string;
  readonly rials: string;
}

/** No device has this STAN. */
const STAN = '000000';
const PATIENCE_MS = 3_000;
const CALL = `select ${VERDICT_COLUMNS}, bucket_ids, take_rials from ${DECISIONS}.decide_batch($1::text::${DECISIONS}.ledger_request[])`;

/** Decides a purchase by the ledger's own function, in a transaction that is rolled back: nothing is kept, and nobody is told.
 *  @param now ms
 *  @throws GatewayError `household.unknown`, `household.card`, `terminals.unknown` */
export async function whatIf(pool: Pool, wanted: WhatIf, now: number): Promise<WhatIfVerdict> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query(`begin; set local statement_timeout = ${PATIENCE_MS}; set local lock_timeout = ${PATIENCE_MS}`);
    return await decideInside(client, wanted, now);
  } finally {
    await client.query('rollback').catch(() => {
      broken = true;
    });
    client.release(broken);
  }
}

async function decideInside(client: PoolClient, wanted: WhatIf, now: number): Promise<WhatIfVerdict> {
  const { household, day, totalRials, rest, basket } = wanted;
  const at = day === undefined || day === tehran(now).isoDate ? now : Date.parse(`${day}T12:00:00+03:30`);
  const card = await cardOf(client, household);
  const place = await placeOf(client, wanted);
  const { time, date } = tehran(at);
  const entry = purchaseEntry(
    {
      key: { terminal: place.terminal, stan: STAN, localTime: time, localDate: date },
      merchant: place.merchant,
      transmission: transmissionDateTime(at),
      contentHash: Buffer.alloc(32),
      ...{ card, at, totalRials, rest, basket, quoteRef: undefined, softwareVersion: undefined },
    },
    '0'.repeat(22),
  );
  const today = tehran(at).isoDate;
  const before = await rationsOf(client, household, today);
  const asked = basket ?? [];
  const known =
    asked.length === 0
      ? []
      : await knownLines(client, { household, merchant: place.merchant, day: today, basket: asked });
  const { rows } = await client.query<Verdict & Taken>(CALL, [requestsOf([entry])]);
  const [verdict] = rows;
  if (verdict === undefined) throw new Error('the ledger gave no verdict');
  const held = verdict.kind === 'held';
  const declined = !held && verdict.kind !== 'approved';
  const takes = declined ? [] : await takesOf(client, household, verdict);
  const { rc, reason, good, voucherRials, cardRials, cashRials, creditLeftRials, lines = [] } = outcomeOf(verdict);
  return {
    ...place,
    verdict: declined ? 'declined' : held ? 'asks-bank' : 'approved',
    rc: held ? (cashRials > 0n ? '10' : '00') : rc,
    ...{ reason, good, voucherRials, cardRials, cashRials, creditLeftRials, takes },
    lines: declined
      ? refusedLines(asked, known, reason)
      : explainedLines(asked, lines, known, { takes, creditLeft: creditLeftRials }),
    rations: usedBetween(before, await rationsOf(client, household, today)),
  };
}

function usedBetween(before: readonly Ration[], after: readonly Ration[]): RationUse[] {
  return after.flatMap(({ used: usedAfter, ...ration }) => {
    const { programme, category, period } = ration;
    const was = before.find((each) => each.programme === programme && each.category === category && each.period === period);
    const usedBefore = was?.used ?? '0';
    return usedBefore === usedAfter ? [] : [{ ...ration, usedBefore, usedAfter }];
  });
} // prettier-ignore

async function cardOf(client: PoolClient, household: string): Promise<CardRef> {
  const { rows } = await client.query<{ hash: Buffer | null; masked: string | null }>(
    `select c.pan_hash as hash, c.masked from households h left join cards c using (household_id) where h.household_id = $1 limit 1`,
    [household],
  );
  const [card] = rows;
  if (card === undefined) throw new GatewayError('household.unknown', `There is no household ${household}.`);
  if (card.hash === null || card.masked === null)
    throw new GatewayError('household.card', `Household ${household} has no card to buy with.`);
  return { hash: card.hash, masked: card.masked };
}

async function placeOf(
  client: PoolClient,
  { terminal, guild }: WhatIf,
): Promise<{ terminal: string; merchant: string }> {
  const { rows } = await client.query<{ terminal: string; merchant: string }>(
    `select t.terminal_id as terminal, t.merchant_id as merchant from terminals t join merchants m using (merchant_id)
      where case when $1::text is not null then t.terminal_id = $1
                 else t.status = 'active' and not t.blocked and m.status = 'approved' and ($2::text is null or m.guild = $2) end
      order by t.terminal_id limit 1`,
    [terminal ?? null, guild ?? null],
  );
  const [place] = rows;
  if (place === undefined) throw new GatewayError('terminals.unknown', 'No such terminal is in service.');
  return place;
}

interface Taken {
  readonly bucket_ids: readonly string[] | null;
  readonly take_rials: readonly string[] | null;
}

async function takesOf(
  client: PoolClient,
  household: string,
  { bucket_ids: ids, take_rials: rials }: Taken,
): Promise<Take[]> {
  const { rows } = await client.query<Take>(
    `select b.programme_id as programme, b.period, t.rials::text as rials
       from unnest($2::bigint[], $3::bigint[]) with ordinality as t (id, rials, place)
       join buckets b on b.household_id = $1 and b.bucket_id = t.id order by t.place`,
    [household, ids ?? [], rials ?? []],
  );
  return rows;
}
