import { createHash } from 'node:crypto';

/** Which transactions are traced, and under which ids: worked out from what names the transaction at its terminal, so that every copy of the
 *  gateway, and the settlement weeks later, come to the same without having been told (docs/decisions/0119). */

export interface TraceKey {
  readonly terminal: string;
  readonly stan: string;
  readonly localTime: string;
  readonly localDate: string;
}

const WHOLE = 2 ** 32;
/** Odd numbers that spread neighbours: of the golden ratio, and one whose product with twelve digits is still exact. */
const STAN_FACTOR = 2_654_435_761;
const TIME_FACTOR = 40_503;

/** Of 0 up to 2^32. */
export function lotOf({ stan, localTime, localDate }: TraceKey): number {
  const time = Number(localDate + localTime) % WHOLE;
  return (Math.imul(Number(stan), STAN_FACTOR) + Math.imul(time, TIME_FACTOR)) >>> 0;
}

/** The same of a row of `transactions`; null for one whose names are no numbers. */
export const LOT_SQL = `case when stan ~ '^[0-9]{1,6}$' and local_date || local_time ~ '^[0-9]{1,14}$'
  then (stan::bigint * ${STAN_FACTOR} + ((local_date || local_time)::bigint % ${WHOLE}) * ${TIME_FACTOR}) % ${WHOLE} end`;

/** @param perThousand of all transactions
 *  @returns lots below this are traced */
export function boundOf(perThousand: number): number {
  return Math.floor((WHOLE * perThousand) / 1_000);
}

export interface TraceIds {
  readonly traceId: string;
  /** Of its first span, which all others hang on. */
  readonly spanId: string;
}

export function idsOf({ terminal, stan, localTime, localDate }: TraceKey): TraceIds {
  const hash = createHash('sha256').update(`${terminal} ${stan} ${localDate} ${localTime}`).digest('hex');
  return { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48) };
}
