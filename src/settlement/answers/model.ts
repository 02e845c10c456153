import type { Faults } from '../files/faults.ts';
import type { MoneyUnit } from '../../field/money-unit.ts';
import { parseIsoRials } from '../../field/rials.ts';

/** `accepted`: it is on its way, more will follow. */
export type AnswerStatus = 'paid' | 'accepted' | 'returned';

/** What the bank says of one order. */
export interface BankAnswer {
  readonly line: number;
  /** The order's instruction id (our InstrId; EndToEndId where the profile repeats it there). */
  readonly instructionId: string;
  /** Another reference that stands there, should the first be none of ours. */
  readonly otherId?: string;
  /** Left out: that of the file. */
  readonly status: AnswerStatus | undefined;
  /** ISO 20022 reason code of a return (AC01, AM04, …), `BLCK` for what the bank blocks, else ''. */
  readonly reason: string;
  /** What it says was paid or came back, where it says so: whole rials; -1n for an amount that is none. */
  readonly rials?: bigint;
}

/** A word on a whole file, for orders that are not named one by one. */
export interface FileAnswer {
  readonly line: number;
  readonly messageId: string;
  /** Left out: only single orders are told. */
  readonly status: AnswerStatus | undefined;
  readonly reason: string;
  /** As they stand there; they must be the file's. */
  readonly count?: string;
  readonly sumRials?: string;
}

export type Answer = ({ readonly of: 'order' } & BankAnswer) | ({ readonly of: 'file' } & FileAnswer);

/** Nothing of a file counts unless `faults` is empty once the answers are drained. */
export interface AnswerReader {
  readonly kind: 'pain.002' | 'csv';
  readonly faults: Faults;
  /** What the file calls itself; known once the answers are drained. */
  identity(): string;
  answers(): AsyncGenerator<Answer>;
}

/** The first amount that stands there, in one of these units.
 *  @returns undefined where there is none, -1n for one that is no amount of rials: it agrees with no order */
export function rialsAt(
  values: ReadonlyMap<string, string>,
  paths: readonly string[],
  units: readonly MoneyUnit[],
): bigint | undefined {
  const path = paths.find((each) => values.has(each));
  if (path === undefined) return undefined;
  return parseIsoRials(values.get(path), values.get(`${path}@Ccy`), units) ?? -1n;
}

/** Empty ids are literals (domain/03). */
export function isReference(id: string | undefined): id is string {
  return id !== undefined && !['', 'EMPTY', 'NOTPROVIDED', 'NOT PROVIDED', 'NONREF'].includes(id.toUpperCase());
}
