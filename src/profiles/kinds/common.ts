import type { RequestFile } from '../language/schema.ts';
import type { RequestValue } from '../language/values.ts';
import type { Common, Mapped, Refusal } from '../transaction.ts';
import type { ListCodec } from '../wire/list.ts';
import type { Read, Reads, Source } from '../wire/source.ts';

/** A request of a profile, ready to be read. */
export interface Asked {
  readonly file: RequestFile;
  readonly values: Reads;
  /** Where each value stands: what a fault names. */
  readonly paths: Readonly<Record<RequestValue, string>>;
  readonly basket: ListCodec | undefined;
  /** The unit of money as a message says it; undefined: messages of this kind have no place for it. */
  readonly declared: Read | undefined;
}

/** The transaction that a message stands for. */
export type ReadKind = (s: Source) => Mapped;

export function refused(rc: string, path: string | undefined, reason: string): Refusal {
  return { kind: 'refused', rc, path, reason };
}

export function commonOf({ values }: Asked, s: Source): Common {
  return {
    mti: s.message.mti,
    terminal: values.terminal(s) ?? '',
    merchant: values.merchant(s),
    stan: values.stan(s) ?? '',
    transmission: values.transmission(s) ?? '',
    localTime: values.localTime(s) ?? '',
    localDate: values.localDate(s) ?? '',
    softwareVersion: values.software(s),
  };
}

export function withMerchant(asked: Asked, s: Source): Common & { merchant: string } {
  return { ...commonOf(asked, s), merchant: asked.values.merchant(s) ?? '' };
}

/** Rials of a value that is there or zero. */
export function rialsOf(text: string | undefined): bigint {
  return text === undefined ? 0n : BigInt(text);
}

/** A date of some year: 29 February too, which freshness.ts gives its year. */
const DATE = /^(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2\d)|(?:0[13-9]|1[0-2])30|(?:0[13578]|1[02])31)$/;
const TIME = /^([01]\d|2[0-3])[0-5]\d[0-5]\d$/;

/** What every money message must get right beyond the mere presence of its fields. */
export function sharedFault({ values, paths }: Asked, common: Common, s: Source): Refusal | undefined {
  // Where the unit hangs on the day, `inRials` judges it.
  if (s.arrival.unitOn === undefined && values.currency(s) !== '364')
    return refused('30', paths.currency, 'currency is not 364');
  if (common.stan === '000000') return refused('30', paths.stan, 'STAN is zero');
  return dateFault(common, paths);
}

export function dateFault(common: Common, paths: Asked['paths']): Refusal | undefined {
  if (!TIME.test(common.localTime)) return refused('30', paths.localTime, 'not a time of day');
  if (!DATE.test(common.localDate)) return refused('30', paths.localDate, 'not a date');
  const at = common.transmission;
  if (!DATE.test(at.slice(0, 4)) || !TIME.test(at.slice(4)))
    return refused('30', paths.transmission, 'not a date and time');
  return undefined;
}
