import { firstOf } from '../../../field/mti.ts';
import { tehran } from '../../../ops/clock.ts';
import type { Entry } from '../journal.ts';

/** A line of the acquirer's settlement file, whatever its format (files.md, domain/04). Money is whole rials. */
export interface SettlementLine {
  /** From 1. */
  readonly seq: number;
  /** SALE: a purchase that was charged · REV: one that was given back · ADJ: a refund. */
  readonly kind: 'SALE' | 'REV' | 'ADJ';
  readonly terminal: string;
  readonly merchant: string;
  /** Of the terminal, ISO. */
  readonly localDate: string;
  /** hhmmss */
  readonly localTime: string;
  /** Of the leg: what the switch saw. A reversal carries that of its original. */
  readonly stan: string;
  readonly rrn: string;
  readonly mti: string;
  readonly processingCode: string;
  readonly maskedPan: string;
  readonly responseCode: string;
  readonly totalRials: bigint;
  readonly voucherRials: bigint;
  readonly cardRials: bigint;
}

/** What names a file of a day. */
export interface SettlementHead {
  /** Three capitals or digits. */
  readonly psp: string;
  /** Settlement date, ISO. */
  readonly day: string;
  /** Two digits. */
  readonly cycle: string;
  /** Three digits. */
  readonly sequence: string;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** The money that moved on a day (Tehran), as the switch saw it: purchases, refunds, and what was given back of either.
 *  What it never saw the money of is not there: PIN checks of purchases that the voucher paid alone, inquiries, declines. */
export function settlementLines(entries: readonly Entry[], day: string): SettlementLine[] {
  const originals = new Map<string, Entry>();
  const lines: SettlementLine[] = [];
  for (const entry of entries) {
    if (entry.kind === 'purchase' || entry.kind === 'refund') originals.set(nameOf(entry), entry);
    if (entry.movedRials === '0' || tehran(Date.parse(entry.at)).isoDate !== day) continue;
    const line = lineOf(entry, originals);
    if (line !== undefined) lines.push({ ...line, seq: lines.length + 1 });
  }
  return lines;
}

function nameOf({ terminal, stan, transmission }: Entry): string {
  return `${terminal}|${stan}|${transmission}`;
}

function lineOf(entry: Entry, originals: ReadonlyMap<string, Entry>): Omit<SettlementLine, 'seq'> | undefined {
  const moved = BigInt(entry.movedRials);
  const cardRials = moved < 0n ? -moved : moved;
  const voucher = BigInt(entry.voucherRials);
  switch (entry.kind) {
    case 'purchase':
      return { ...common(entry, entry), kind: 'SALE', ...amounts(cardRials, voucher) };
    case 'refund':
      return { ...common(entry, entry), kind: 'ADJ', ...amounts(cardRials, 0n) };
    case 'reversal': {
      const original = originals.get(entry.original);
      if (original === undefined) return undefined;
      const whole = cardRials === BigInt(original.amountRials);
      const part = amounts(cardRials, whole ? BigInt(original.voucherRials) : 0n);
      return { ...common(entry, original), kind: original.kind === 'refund' ? 'ADJ' : 'REV', ...part };
    }
    default:
      return undefined;
  }
}

function amounts(
  cardRials: bigint,
  voucherRials: bigint,
): Pick<SettlementLine, 'totalRials' | 'voucherRials' | 'cardRials'> {
  return { totalRials: cardRials + voucherRials, voucherRials, cardRials };
}

function common(
  entry: Entry,
  original: Entry,
): Omit<SettlementLine, 'seq' | 'kind' | 'totalRials' | 'voucherRials' | 'cardRials'> {
  const { localDate, localTime } = localOf(entry);
  return {
    terminal: entry.terminal,
    merchant: entry.merchant,
    localDate,
    localTime,
    stan: original.stan,
    rrn: original.rrn,
    mti: firstOf(entry.mti),
    processingCode: original.processingCode,
    maskedPan: original.maskedPan,
    responseCode: entry.rc,
  };
}

/** DE 13 has no year: that of the day it came, or the year before around a new year. */
function localOf({ localDateTime, at }: Entry): { localDate: string; localTime: string } {
  const came = tehran(Date.parse(at));
  if (!/^\d{10}$/.test(localDateTime)) return { localDate: came.isoDate, localTime: came.time };
  const [month, date] = [localDateTime.slice(0, 2), localDateTime.slice(2, 4)];
  const cameIn = Number(came.isoDate.slice(0, 4));
  const year = month === '12' && came.isoDate.slice(5, 7) === '01' ? cameIn - 1 : cameIn;
  return { localDate: `${year}-${month}-${date}`, localTime: localDateTime.slice(4) };
}
