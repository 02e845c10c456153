import type { Told } from '../../../profiles/index.ts';

/** What a till keeps through a power cut: no PAN, no key, no PIN. */
export interface TillRecord {
  /** STAN of the next request. */
  readonly stan: number;
  /** By how much its clock is off the machine's, ms. */
  readonly clockOffMs: number;
  /** A transaction whose end is not known, or not on paper yet. */
  readonly open: OpenTransaction | undefined;
  /** A reversal or completion advice that has no final answer. */
  readonly queued: Queued | undefined;
  /** The last approved purchase: what the customer may take back. */
  readonly last: Kept | undefined;
  /** Reference that the last reserved quote got. */
  readonly quoteRef: string | undefined;
  readonly totals: TillTotals;
  /** A file of updates that is being fetched: hex of what is there. */
  readonly fetched: { readonly file: string; readonly hex: string; readonly total: number | undefined } | undefined;
  readonly reports: number;
}

/** Elements of a request that its reversal needs, by number. */
export interface Kept {
  readonly mti: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly rrn: string | undefined;
  /** What the words of another profile need besides. */
  readonly told?: Told | undefined;
}

export interface OpenTransaction {
  readonly request: Kept;
  /** sent: no answer was heard · approved: the slip is not known to be on paper */
  readonly phase: 'sent' | 'approved';
  readonly slip: string;
}

export interface Queued {
  readonly mti: '0400' | '0220';
  readonly fields: Readonly<Record<string, string>>;
  /** Of the transaction that it is about. */
  readonly told?: Told | undefined;
  /** Whether it was sent before: then it goes as a repeat. */
  readonly sent: boolean;
  /** What of the totals changes when it is taken. */
  readonly takesBack: 'purchase' | 'return' | undefined;
}

/** Counts and rials since the last agreement, as text: bigint is no JSON. */
export type TillTotals = Readonly<Record<'purchases' | 'reversals' | 'returns' | 'returnReversals', TillTotal>>;
export interface TillTotal {
  readonly count: number;
  readonly rials: string;
}

/** Where a till keeps it: a write is there, or is not there at all. */
export interface TillStore {
  read(): TillRecord;
  write(record: TillRecord): void;
}

const NOTHING: TillTotal = { count: 0, rials: '0' };
export const NO_TOTALS: TillTotals = {
  purchases: NOTHING,
  reversals: NOTHING,
  returns: NOTHING,
  returnReversals: NOTHING,
};

export function newTillRecord(stan = 1): TillRecord {
  return {
    stan,
    clockOffMs: 0,
    open: undefined,
    queued: undefined,
    last: undefined,
    quoteRef: undefined,
    totals: NO_TOTALS,
    fetched: undefined,
    reports: 0,
  };
}

/** A store that lives as long as this object: it outlives the tills that use it, as flash outlives a power cut. */
export function memoryStore(record = newTillRecord()): TillStore {
  let kept = JSON.stringify(record);
  return {
    read: () => JSON.parse(kept) as TillRecord,
    write: (next) => {
      kept = JSON.stringify(next);
    },
  };
}

export function counted(totals: TillTotals, what: keyof TillTotals, rials: bigint): TillTotals {
  const { count, rials: before } = totals[what];
  return { ...totals, [what]: { count: count + 1, rials: String(BigInt(before) + rials) } };
}
