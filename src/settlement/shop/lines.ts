import type { Db } from '../clearing/state.ts';
import { GatewayError } from '../../ops/errors.ts';
import { sqlIn } from '../../ops/sql.ts';

export const sql = sqlIn(new URL('./sql/', import.meta.url));

/** One movement of a shop's account: a sale, or what takes one back. Whole rials; positive for the shop, negative against it. */
export interface ShopLine {
  /** The business day that it counts on, ISO. */
  readonly day: string;
  readonly kind: 'purchase' | 'return' | 'reversal' | 'return-reversal';
  /** Of the gateway: tells transactions of one household apart; never shown to a shop. */
  readonly household: string;
  readonly id: string;
  /** ms since the epoch */
  readonly at: number;
  readonly rrn: string;
  readonly terminal: string;
  /** First six and last four of the card. */
  readonly masked: string;
  /** The tenders of a sale, or what of each goes back. */
  readonly voucher: bigint;
  readonly card: bigint;
  readonly cash: bigint;
  /** Of the card's part, what the banking network keeps. */
  readonly networkFee: bigint;
  /** What settlement pays or takes for it: the voucher part, and the card part where the programme settles that. */
  readonly rials: bigint;
  /** Of a purchase: what of it went back since. */
  readonly givenBack: bigint;
  /** A reversal that left nothing of its purchase. */
  readonly undone: boolean;
  readonly feeFixed: bigint;
  readonly feeBasisPoints: number;
  /** By fee tables: of a purchase what is taken, of a reversal that undid one what is given back. */
  readonly tableFees: Fees;
}

/** Rials by the name of a fee table. */
export type Fees = Readonly<Record<string, bigint>>;

/** How many lines are read at once: a page or a printed statement holds no more. */
const MOST_LINES = 100_000;

interface Row extends Terms {
  readonly day: string;
  readonly kind: ShopLine['kind'];
  readonly household: string;
  readonly id: string;
  readonly at: number;
  readonly rrn: string;
  readonly terminal: string;
  readonly masked: string;
  readonly voucher: string;
  readonly card: string;
  readonly cash: string;
  readonly networkFee: string;
  readonly givenBack: string;
  readonly originalId: string | null;
  readonly originalDay: string | null;
}

/** By which a line counts: those of the day on which its purchase was made. */
interface Terms {
  readonly cardIsOurs: boolean;
  readonly feeFixed: string;
  readonly feeBasisPoints: number;
  readonly tableFees: Readonly<Record<string, string>> | null;
}

interface Original extends Terms {
  readonly undone: boolean;
}

/** @param from ISO business days, both included
 *  @returns in the order in which they came
 *  @throws GatewayError `statement.too-long` */
export async function readLines(db: Db, merchant: string, from: string, to: string): Promise<ShopLine[]> {
  const { rows } = await db.query<Row>(`${sql('lines')} limit ${MOST_LINES + 1}`, [merchant, from, to]);
  if (rows.length > MOST_LINES) {
    throw new GatewayError(
      'statement.too-long',
      `${from} to ${to} has more than ${MOST_LINES.toLocaleString('en')} lines of this shop: ask for fewer days.`,
    );
  }
  const originals = await readOriginals(db, rows);
  return rows.map((row) => {
    const { cardIsOurs, feeFixed, feeBasisPoints, undone, tableFees } = originals.get(row) ?? { ...row, undone: false };
    const sign = row.kind === 'purchase' ? 1n : undone && row.kind === 'reversal' ? -1n : 0n;
    const [voucher, card] = [BigInt(row.voucher), BigInt(row.card)];
    return {
      day: row.day,
      kind: row.kind,
      household: row.household,
      id: row.id,
      at: row.at,
      rrn: row.rrn,
      terminal: row.terminal,
      masked: row.masked,
      voucher,
      card,
      cash: BigInt(row.cash),
      networkFee: BigInt(row.networkFee),
      rials: voucher + (cardIsOurs ? card : 0n),
      givenBack: BigInt(row.givenBack),
      undone: undone && row.kind === 'reversal',
      feeFixed: BigInt(feeFixed),
      feeBasisPoints,
      tableFees: Object.fromEntries(Object.entries(tableFees ?? {}).map(([fee, rials]) => [fee, sign * BigInt(rials)])),
    };
  });
}

/** Of the few lines that take something back. */
async function readOriginals(db: Db, rows: readonly Row[]): Promise<Map<Row, Original>> {
  const back = rows.filter(({ kind, originalDay }) => kind !== 'purchase' && originalDay !== null);
  if (back.length === 0) return new Map();
  const days = back.flatMap(({ day, originalDay }) => [day, originalDay ?? day]).toSorted();
  const found = await db.query<Original & { line: number }>(sql('originals'), [
    back.map(({ household }) => household),
    back.map(({ id }) => id),
    back.map(({ day }) => day),
    back.map(({ originalId }) => originalId),
    back.map(({ originalDay }) => originalDay),
    days[0],
    days.at(-1),
  ]);
  return new Map(
    found.rows.flatMap((original) => {
      const row = back[original.line];
      return row === undefined ? [] : [[row, original] as const];
    }),
  );
}

/** What a day's lines come to. */
export interface DaySum {
  readonly purchases: number;
  readonly returns: number;
  readonly reversals: number;
  /** Of the sales: voucher, card and cash, and all three. */
  readonly voucher: bigint;
  readonly card: bigint;
  readonly cash: bigint;
  readonly total: bigint;
  /** What went back to customers, by every tender; a positive number. */
  readonly back: bigint;
  /** What settlement pays for them before fees. */
  readonly moved: bigint;
  /** By the terms and fee tables of each line's day, as netting counts it (settlement_day, decision 19). */
  readonly fee: bigint;
  /** What of it is by which fee table. */
  readonly tableFees: Fees;
}

export function sumOf(lines: readonly ShopLine[]): DaySum {
  const of = (...kinds: readonly ShopLine['kind'][]): ShopLine[] => lines.filter(({ kind }) => kinds.includes(kind));
  const [sales, back] = [of('purchase'), of('return', 'reversal', 'return-reversal')];
  const sum = (from: readonly ShopLine[], what: (line: ShopLine) => bigint): bigint =>
    from.reduce((all, line) => all + what(line), 0n);
  const whole = ({ voucher, card, cash }: ShopLine): bigint => voucher + card + cash;
  const counted = sales.filter(({ voucher, card }) => voucher + card !== 0n);
  const reversals = of('reversal');
  const basis = sum([...sales, ...reversals], (line) => line.voucher * BigInt(line.feeBasisPoints)) / 10_000n;
  const fixed =
    sum(counted, (line) => line.feeFixed) -
    sum(
      reversals.filter(({ undone }) => undone),
      (line) => line.feeFixed,
    );
  const tableFees: Record<string, bigint> = {};
  for (const line of lines)
    for (const [fee, rials] of Object.entries(line.tableFees)) tableFees[fee] = (tableFees[fee] ?? 0n) + rials;
  return {
    purchases: sales.length,
    returns: of('return').length,
    reversals: reversals.length,
    voucher: sum(sales, (line) => line.voucher),
    card: sum(sales, (line) => line.card),
    cash: sum(sales, (line) => line.cash),
    total: sum(sales, whole),
    back: -sum(back, whole),
    moved: sum(lines, (line) => line.rials),
    fee: Object.values(tableFees).reduce((all, rials) => all + rials, fixed + basis),
    tableFees,
  };
}
