import type { Message } from '../../../src/codec/index.ts';
import { hasLuhnDigit } from '../../../src/field/pan.ts';
import type { Card, Refusal } from '../../../src/profiles/transaction.ts';

/** ISO/IEC 7813: PAN, separator, expiry YYMM, service code, discretionary data. */
const TRACK_2 = /^(\d{12,19})[=D](\d{4})(\d{3})(\d*)$/;

/** The card of a request: DE 2 or DE 35 (wire.md 3). Where both are there they must agree. */
export function readCard(message: Message): Card | Refusal {
  const pan = message.get(2);
  const track2 = message.get(35);
  if (track2 === undefined) {
    if (pan === undefined) return refused('2', 'neither DE 2 nor DE 35 is there');
    if (pan.length < 12 || !hasLuhnDigit(pan)) return refused('2', 'check digit');
    return { pan, track2, expiry: message.get(14) };
  }
  const match = TRACK_2.exec(track2);
  const trackPan = match?.[1];
  if (trackPan === undefined) return refused('35', 'not a track 2');
  if (!hasLuhnDigit(trackPan)) return refused('35', 'check digit');
  if (pan !== undefined && pan !== trackPan) return refused('2', 'differs from DE 35');
  return { pan: trackPan, track2, expiry: match?.[2] };
}

function refused(path: string, reason: string): Refusal {
  return { kind: 'refused', rc: '30', path, reason };
}
