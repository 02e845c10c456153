import type { Message } from '../codec/index.ts';
import type { Hsm } from '../hsm/index.ts';
import type { SessionKeys, TerminalRecord } from '../merchants/index.ts';
import type { Peer } from '../net/index.ts';
import type { Now } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { checkMacUnder } from './mac.ts';

/** One alarm for a terminal in this time. */
const ALARM_EVERY_MS = 600_000;
const MAX_TERMINALS = 10_000;

/** The keys that a MAC was made under, of those that the terminal had before and that are honoured no longer; undefined: of none.
 *  A wrong MAC costs some more checks, which the rate of its terminal bounds. */
export async function supersededKeys(
  request: Message,
  body: Buffer,
  terminal: TerminalRecord,
  hsm: Hsm,
): Promise<SessionKeys | undefined> {
  for (const keys of [terminal.previous, ...(terminal.superseded ?? [])]) {
    if (keys === undefined) continue;
    if ((await checkMacUnder([keys], request, body, hsm)).kind === 'good') return keys;
  }
  return undefined;
}

/** Notices that keys are in use which a later key download replaced: a second device has the same certificate, or a device
 *  has lost its new keys. */
export class SharedIdentities {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #clock: Now;
  readonly #alarmedAt = new Map<string, number>();

  constructor({ log, metrics, clock }: { readonly log: Log; readonly metrics: Metrics; readonly clock: Now }) {
    this.#log = log;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  note({ terminal, remote }: Peer): void {
    this.#metrics.supersededKeys.inc({ terminal });
    const now = this.#clock.now();
    if (now - (this.#alarmedAt.get(terminal) ?? -Infinity) < ALARM_EVERY_MS) return;
    if (this.#alarmedAt.size >= MAX_TERMINALS) this.#alarmedAt.clear();
    this.#alarmedAt.set(terminal, now);
    this.#log.error(
      { terminal, remote },
      'ALARM keys that were replaced are in use: two devices have one identity, or a device has lost its new keys',
    );
  }
}
