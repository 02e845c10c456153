import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { unitsOf, type Reading, type UnitRows } from '../../../field/money-unit.ts';
import { tehran } from '../../../ops/clock.ts';
import { inThisSet } from '../../../ops/function-set.ts';
import { sqlIn } from '../../../ops/sql.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** Voucher, card and cash of something, rials each. */
export interface Parts {
  readonly voucher: bigint;
  readonly card: bigint;
  readonly cash: bigint;
}

/** What became of one line of the basket (wire.md 5, tag 12). */
export interface Verdict {
  readonly code: string;
  readonly voucher: bigint;
}

/** Something that took (a part of) a purchase back. */
export interface Back extends Parts {
  readonly kind: 'return' | 'reversal';
  readonly at: number;
  readonly rrn: string;
}

/** What whoever holds the token may know. Nothing of a household, of a card or of a person is in it. */
export interface Receipt extends Parts {
  readonly kind: 'purchase' | 'return';
  readonly state: 'approved' | 'reversed';
  readonly at: number;
  /** From then on there is no receipt any more. */
  readonly endsAt: number;
  readonly rrn: string;
  readonly terminal: string;
  readonly shop: string;
  readonly total: bigint;
  /** Of the card's part: the banking network's. */
  readonly fee: bigint;
  /** The least card part of the programme on that day. */
  readonly leastCard: bigint;
  /** Where a dated row says so: what that part is, its lawful maximum, and whose the fee is. */
  readonly cardPart: { readonly kind: 'price' | 'fee'; readonly most?: bigint; readonly payee?: string } | undefined;
  readonly lines: readonly Verdict[];
  /** Credit left after it, and the day (ISO) on which the first of it ends. */
  readonly left: bigint;
  readonly leftUntil: string | undefined;
  /** The next day (ISO) on which more may be spent, as calendars say it today. */
  readonly nextCharge: string | undefined;
  readonly given: Parts;
  readonly back: readonly Back[];
  /** Of a return that the bank is asked about. */
  readonly asking: bigint;
  /** The card's part on its way back to the bank: `open`, or refused by it. */
  readonly cardBack: 'open' | 'refused' | undefined;
  /** Of a return: its purchase. */
  readonly original: { readonly rrn: string; readonly at: number } | undefined;
  /** Who did not answer, so that it stands by a bounded rule (docs/counterparts.md). */
  readonly stoodIn: 'authority' | 'bank' | undefined;
  /** In which units amounts of its day are read. */
  readonly units: Reading;
}

/** Asked for in one statement whatever the token is, so that a wrong one and one that has ended take the same way.
 *  @returns undefined: there is none, or it has ended */
export async function readReceipt(pool: Pool, token: string): Promise<Receipt | undefined> {
  const digest = createHash('sha256').update(token).digest();
  const { rows } = await pool.query<Row>({
    name: 'public-receipt',
    text: inThisSet(sql('receipt')),
    values: [digest],
  });
  const [row] = rows;
  return row?.receipt == null ? undefined : receiptOf(row.receipt, row);
}

interface Row {
  readonly receipt: Raw | null;
  readonly ends: string | null;
  readonly nextCharge: string | null;
  readonly stoodIn: 'authority' | 'bank' | null;
  readonly units: UnitRows['units'] | null;
  readonly paymentUnits: UnitRows['paymentUnits'] | null;
}

type Amounts = 'total' | 'voucher' | 'card' | 'cash' | 'fee' | 'leastCard' | 'left' | 'backVoucher' | 'backCard' | 'backCash' | 'asking'; // prettier-ignore

type Raw = Readonly<Record<Amounts | 'at' | 'endsAt' | 'rrn' | 'terminal' | 'shop' | 'lines', string>> & {
  readonly kind: Receipt['kind'];
  readonly state: Receipt['state'];
  readonly leftUntil: string | null;
  readonly back: readonly (Readonly<Record<'at' | 'rrn' | 'voucher' | 'card' | 'cash', string>> & {
    kind: Back['kind'];
  })[];
  readonly cardOpen: boolean;
  readonly cardRefused: boolean;
  readonly cardKind: 'price' | 'fee' | null;
  readonly cardMost: string | null;
  readonly cardPayee: string | null;
  readonly originalRrn: string | null;
  readonly originalAt: string | null;
};

function receiptOf(raw: Raw, { ends, nextCharge, stoodIn, units, paymentUnits }: Row): Receipt {
  const { kind, state, rrn, terminal, shop, originalRrn, originalAt } = raw;
  const parts = (of: Readonly<Record<'voucher' | 'card' | 'cash', string>>): Parts => ({
    voucher: BigInt(of.voucher),
    card: BigInt(of.card),
    cash: BigInt(of.cash),
  });
  return {
    ...{ kind, state, rrn, terminal, shop },
    ...parts(raw),
    at: Number(raw.at),
    endsAt: Number(raw.endsAt),
    total: BigInt(raw.total),
    fee: BigInt(raw.fee),
    leastCard: BigInt(raw.leastCard),
    cardPart: cardPartOf(raw),
    lines: verdictsOf(raw.lines),
    left: BigInt(raw.left),
    // what was decided before ends were kept: as its buckets say it
    leftUntil: ends ?? raw.leftUntil ?? undefined,
    nextCharge: nextCharge ?? undefined,
    stoodIn: stoodIn ?? undefined,
    given: parts({ voucher: raw.backVoucher, card: raw.backCard, cash: raw.backCash }),
    back: raw.back
      .map((each) => ({ kind: each.kind, at: Number(each.at), rrn: each.rrn, ...parts(each) }))
      .filter(({ voucher, card, cash }) => voucher + card + cash > 0n),
    asking: BigInt(raw.asking),
    cardBack: raw.cardRefused ? 'refused' : raw.cardOpen ? 'open' : undefined,
    original: originalRrn === null ? undefined : { rrn: originalRrn, at: Number(originalAt) },
    units: unitsOf({ units: units ?? [], paymentUnits: paymentUnits ?? [] }).reading(tehran(Number(raw.at)).isoDate),
  };
}

function cardPartOf({ cardKind, cardMost, cardPayee }: Raw): Receipt['cardPart'] {
  if (cardKind === null) return undefined;
  const most = cardMost === null ? {} : { most: BigInt(cardMost) };
  return { kind: cardKind, ...most, ...(cardPayee === null ? {} : { payee: cardPayee }) };
}

/** Verdict n2 and the voucher's part n12 a line. */
function verdictsOf(text: string): Verdict[] {
  return (text.match(/\d{14}/g) ?? []).map((line) => ({ code: line.slice(0, 2), voucher: BigInt(line.slice(2)) }));
}
