import type { Faults } from '../files/faults.ts';

/** What the bank says of one order. `accepted`: it is on its way, more will follow. */
export interface BankAnswer {
  readonly line: number;
  /** The order's instruction id (our InstrId; EndToEndId where the profile repeats it there). */
  readonly instructionId: string;
  readonly status: 'paid' | 'accepted' | 'returned';
  /** ISO 20022 reason code of a return (AC01, AM04, …), else ''. */
  readonly reason: string;
  /** What it says was paid or came back, where it says so: whole rials; -1n for an amount that is none. */
  readonly rials?: bigint;
}

/** A word on a whole file, for orders that are not named one by one. */
export interface GroupAnswer {
  readonly line: number;
  readonly messageId: string;
  readonly status: BankAnswer['status'];
  readonly reason: string;
}

export type Answer = ({ readonly of: 'order' } & BankAnswer) | ({ readonly of: 'file' } & GroupAnswer);

/** Nothing of a file counts unless `faults` is empty once the answers are drained. */
export interface AnswerReader {
  readonly kind: 'pain.002' | 'csv' | 'camt.053';
  readonly faults: Faults;
  /** What the file calls itself; known once the answers are drained. */
  identity(): string;
  answers(): AsyncGenerator<Answer>;
}

/** ISO 20022 transaction and group status codes, as far as they say something of the money.
 *  @returns undefined for a code that is none of them */
export function statusOf(code: string): BankAnswer['status'] | undefined {
  switch (code) {
    case 'ACSC':
    case 'ACCC':
      return 'paid';
    case 'RJCT':
    case 'CANC':
      return 'returned';
    case 'ACCP':
    case 'ACSP':
    case 'ACTC':
    case 'ACWC':
    case 'RCVD':
    case 'PDNG':
      return 'accepted';
    default:
      return undefined;
  }
}

/** The first amount that stands there: whole IRR, a fraction of zeros is none.
 *  @returns undefined where there is none, -1n for one that is no amount of rials: it agrees with no order */
export function rialsAt(values: ReadonlyMap<string, string>, paths: readonly string[]): bigint | undefined {
  const path = paths.find((each) => values.has(each));
  if (path === undefined) return undefined;
  const whole = /^(\d{1,15})(?:\.0+)?$/.exec(values.get(path) ?? '')?.[1];
  return whole === undefined || values.get(`${path}@Ccy`) !== 'IRR' ? -1n : BigInt(whole);
}
