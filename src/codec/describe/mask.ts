import type { Secret } from '../plan.ts';

/** What may be shown of a secret value: a PAN's first six and last four digits, nothing of tracks' rest, PINs and keys. */
export function masked(value: string, secret: Secret | undefined): string {
  switch (secret) {
    case undefined:
    case 'mac':
      return value;
    case 'pan':
      return maskedPan(value);
    case 'track':
      return maskedTrack(value);
    case 'pin':
    case 'cvv':
    case 'key':
      return '*'.repeat(Math.min(value.length, 16));
  }
}

function maskedPan(pan: string): string {
  if (pan.length < 13) return '*'.repeat(pan.length);
  return pan.slice(0, 6) + '*'.repeat(pan.length - 10) + pan.slice(-4);
}

function maskedTrack(track: string): string {
  const pan = /^[0-9]{13,19}/.exec(track)?.[0] ?? '';
  return maskedPan(pan) + '*'.repeat(Math.min(track.length - pan.length, 8));
}
