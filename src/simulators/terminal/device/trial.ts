import type { Clock } from '../../../ops/clock.ts';

/** The gateway, as a device tries a new slot on it. */
export interface Host {
  /** @throws where no sign-on succeeds */
  signOn(): Promise<void>;
  /** A voucher inquiry with DE 4 zero. @returns its response code; its MAC holds */
  inquire(): Promise<string>;
}

/** Codes that say that the device, and not the card, is at fault: it is not known, not understood, or its keys do not serve. */
const DEVICE_AT_FAULT: ReadonlySet<string> = new Set(['03', '12', '13', '30', '40', '58', '63', '76', '94', '96']);
const PAUSE_MS = 2_000;

/** Whether a slot works: it signs on and passes a zero-amount inquiry in time. A line that is down for a moment is tried again.
 *  @returns undefined: it works; else what it could not do, `signon` or `inquiry` */
export async function proves(
  host: Host,
  withinMs: number,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
): Promise<'signon' | 'inquiry' | undefined> {
  const end = clock.monotonic() + withinMs;
  for (;;) {
    let failed: 'signon' | 'inquiry' = 'signon';
    const attempt = async (): Promise<boolean> => {
      await host.signOn();
      failed = 'inquiry';
      return !DEVICE_AT_FAULT.has(await host.inquire());
    };
    const over = new AbortController();
    const late = clock.sleep(Math.max(0, end - clock.monotonic()), over.signal).then(() => false);
    const good = await Promise.race([attempt().catch(() => false), late]);
    over.abort();
    if (good) return undefined;
    if (clock.monotonic() + PAUSE_MS >= end) return failed;
    await clock.sleep(PAUSE_MS);
  }
}
