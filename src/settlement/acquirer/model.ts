import { unitsOf, type MoneyUnit, type Units } from '../../field/money-unit.ts';
import type { Faults } from '../files/faults.ts';

/** What every acquirer format comes down to. Dates are ISO, money whole rials. Source: files.md, domain/04. */

export type LineKind = 'SALE' | 'REV' | 'ADJ' | 'CHB';

export interface AcquirerLine {
  /** Line or record of the file, from 1. */
  readonly line: number;
  readonly kind: LineKind;
  readonly terminal: string;
  readonly merchant: string;
  readonly localDate: string;
  /** hhmmss */
  readonly localTime: string;
  readonly stan: string;
  readonly rrn: string;
  readonly responseCode: string;
  readonly totalRials: bigint;
  readonly voucherRials: bigint;
  readonly cardRials: bigint;
  /** The quote reference (DE 48 tag 14), or '' */
  readonly trace: string;
  /** '' where the format does not say. */
  readonly sheba: string;
  readonly feeRials: bigint;
  /** What one step of the unit is worth in which it says amounts, where that is not the rial. */
  readonly stepRials?: bigint;
}

/** What names a file: a second one with the same identity and other bytes is refused (files.md). */
export interface AcquirerIdentity {
  readonly format: string;
  readonly psp: string;
  readonly settlementDate: string;
  readonly cycle: string;
  readonly sequence: string;
}

/** A format's reader: gives lines as they come, and says at the end what was wrong and what the file calls itself.
 *  Nothing of a file counts unless `faults` is empty once the lines are drained. */
export interface AcquirerReader {
  readonly faults: Faults;
  lines(): AsyncGenerator<AcquirerLine>;
  /** Known once the lines are drained. */
  identity(): AcquirerIdentity;
}

/** Where no row says in which unit a PSP's files are (docs/decisions/0088). */
export const RIALS_ALONE: Units = unitsOf({ units: [] });

export function stepOf({ stepRials }: MoneyUnit): Pick<AcquirerLine, 'stepRials'> {
  return stepRials === 1n ? {} : { stepRials };
}

/** Every class of break: what files say against our books (files.md), and what the ledger itself could not put right. */
export const BREAK_CLASSES = [
  'AMOUNT_DIFF',
  'ONLY_US',
  'ONLY_ACQUIRER',
  'STATUS_DIFF',
  'LATE',
  'DUPLICATE',
  'SHEBA_DIFF',
  'CREDIT_SHORT',
  'MERCHANT_DIFF',
  'UNEXPLAINED',
  'COMPLAINT',
] as const;
