import type { Faults } from '../files/faults.ts';

/** What the bank says of one order. `accepted`: it is on its way, more will follow. */
export interface BankAnswer {
  readonly line: number;
  /** The order's instruction id (our InstrId; EndToEndId where the profile repeats it there). */
  readonly instructionId: string;
  readonly status: 'paid' | 'accepted' | 'returned';
  /** ISO 20022 reason code of a return (AC01, AM04, …), else ''. */
  readonly reason: string;
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
