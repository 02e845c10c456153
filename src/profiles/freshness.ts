import { DAY_MS, tehran } from '../ops/clock.ts';
import type { Transaction } from './transaction.ts';

/** How far the clock of a device may be from ours. */
export interface ClockWindow {
  /** Of a request that takes or gives money, either way, ms. */
  readonly requestMs: number;
  /** Of a reversal or advice, which may have waited in the device; and of the repeat of a request, ms. The ledger remembers as
   *  long at least: what is older could be taken twice. */
  readonly lookBackMs: number;
}

export const DEFAULT_WINDOW: ClockWindow = { requestMs: DAY_MS, lookBackMs: 7 * DAY_MS };

/** Iran is UTC+3:30 all year (docs/domain/06-calendar.md). */
const TEHRAN_OFFSET_MS = 12_600_000;

/** fresh: in the window · stale: only as the repeat of what the ledger knows · wrong: refused (RC 30) */
export type Freshness = 'fresh' | 'stale' | 'wrong';

/** How DE 13 and 12 of a request stand to the clock. Network messages and totals move nothing: a device whose clock is wrong must
 *  be able to sign on. */
export function freshnessOf(tx: Transaction, now: number, window: ClockWindow): Freshness {
  if (tx.kind === 'network' || tx.kind === 'totals' || tx.kind === 'goods') return 'fresh';
  // Nearly every request is of today.
  if (tx.localDate === tehran(now).date && window.requestMs >= DAY_MS) return 'fresh';
  const at = localInstant(tx.localDate, tx.localTime, now);
  const awayMs = at === undefined ? Infinity : Math.abs(at - now);
  const late = tx.kind === 'reversal' || tx.kind === 'advice';
  if (awayMs <= (late ? Math.max(window.lookBackMs, window.requestMs) : window.requestMs)) return 'fresh';
  return awayMs <= window.lookBackMs ? 'stale' : 'wrong';
}

/** The instant (ms) that a DE 7 (MMDDhhmmss, UTC) names, of the nearest year. */
export function utcInstant(transmission: string, now: number): number | undefined {
  const at = localInstant(transmission.slice(0, 4), transmission.slice(4), now - TEHRAN_OFFSET_MS);
  return at === undefined ? undefined : at + TEHRAN_OFFSET_MS;
}

/** The instant (ms) that DE 13 (MMDD) and DE 12 (hhmmss), Asia/Tehran, name: DE 13 has no year, so it is that of the nearest.
 *  @returns undefined where no such date is in the years around `now` (29 February) */
export function localInstant(localDate: string, localTime: string, now: number): number | undefined {
  const [month, day] = [Number(localDate.slice(0, 2)), Number(localDate.slice(2))];
  const [hour, minute, second] = [0, 2, 4].map((at) => Number(localTime.slice(at, at + 2)));
  const year = new Date(now + TEHRAN_OFFSET_MS).getUTCFullYear();
  let nearest: number | undefined;
  for (const candidate of [year - 1, year, year + 1]) {
    const local = Date.UTC(candidate, month - 1, day, hour, minute, second);
    if (new Date(local).getUTCDate() !== day) continue;
    const at = local - TEHRAN_OFFSET_MS;
    if (nearest === undefined || Math.abs(at - now) < Math.abs(nearest - now)) nearest = at;
  }
  return nearest;
}
