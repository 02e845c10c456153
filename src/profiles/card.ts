import { hasLuhnDigit } from '../field/pan.ts';
import type { Card, Refusal } from './transaction.ts';

/** ISO/IEC 7813: PAN, separator, expiry YYMM, service code, discretionary data. */
const TRACK_2 = /^(\d{12,19})[=D](\d{4})(\d{3})(\d*)$/;

/** The card of a request: its PAN or its track 2 (wire.md 3). Where both are there they must agree.
 *  @param expiry asked for where there is no track 2
 *  @param paths where they stand, for faults */
export function readCard(
  pan: string | undefined,
  track2: string | undefined,
  expiry: () => string | undefined,
  paths: { readonly pan: string; readonly track2: string },
): Card | Refusal {
  if (track2 === undefined) {
    if (pan === undefined) return refused(paths.pan, 'neither a PAN nor a track 2 is there');
    if (!/^\d{12,19}$/.test(pan) || !hasLuhnDigit(pan)) return refused(paths.pan, 'check digit');
    return { pan, track2, expiry: expiry() };
  }
  const match = TRACK_2.exec(track2);
  const trackPan = match?.[1];
  if (trackPan === undefined) return refused(paths.track2, 'not a track 2');
  if (!hasLuhnDigit(trackPan)) return refused(paths.track2, 'check digit');
  if (pan !== undefined && pan !== trackPan) return refused(paths.pan, 'differs from the track 2');
  return { pan: trackPan, track2, expiry: match?.[2] };
}

/** A card is good to the end of its month (YYMM). `now` is local: YYMM too. */
export function expired(expiry: string | undefined, nowYearMonth: string): boolean {
  return expiry !== undefined && expiry < nowYearMonth;
}

function refused(path: string, reason: string): Refusal {
  return { kind: 'refused', rc: '30', path, reason };
}
