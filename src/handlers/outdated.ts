import { toJalali } from '../field/jalali.ts';
import { tehran } from '../ops/clock.ts';
import type { Context } from './context.ts';

/** Minimum versions (terminals.md 3). Instants beside the cached terminal say when its software is too old to sell with: a sale costs one look
 *  at a member that nearly no terminal has. */

/** Whether no sale is taken from this terminal now. What it could not install now is not held against it: while updates are frozen, or
 *  their metadata has ended, it sells. */
export function isOutdated({ terminal, receivedAt, ports }: Context): boolean {
  const { outdated } = terminal;
  if (outdated === undefined) return false;
  return (
    outdated.some(({ from, until }) => from <= receivedAt && receivedAt < until) &&
    ports.updates?.canInstall(receivedAt) === true
  );
}

/** What a terminal is told at its sign-on: from which day on it sells no more, unless it is updated.
 *  @returns for the screen: Persian, at most 120 bytes of UTF-8; undefined: it is not below any minimum */
export function outdatedNotice({ terminal, receivedAt }: Context): string | undefined {
  const days = (terminal.outdated ?? []).filter(({ until }) => receivedAt < until).map(({ from }) => from);
  if (days.length === 0) return undefined;
  const day = toJalali(tehran(Math.min(...days)).isoDate).replaceAll('-', '/');
  return `از ${persian(day)} خرید کالابرگ انجام نمی‌شود؛ پایانه را به‌روز کنید`;
}

function persian(digits: string): string {
  return digits.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)));
}
