import type { Exchange } from '../capture/index.ts';
import { tehran, transmissionDateTime } from '../ops/clock.ts';

/** STAN and times of a request in this run. */
export interface Identity {
  readonly stan: string;
  /** DE 12 and 13. */
  readonly time: string;
  readonly date: string;
}

type Named = Pick<Exchange, 'message' | 'terminal'>;

const MAX_STAN = 999_999;

/** Gives each transaction of a capture a STAN and times of its own in this run. What the capture says twice (a repeat,
 *  a duplicate STAN, DE 90 of a reversal, even one that comes before its original) is said twice here too. */
export class Identities {
  readonly #transactionOf = new Map<string, string>();
  readonly #given = new Map<string, Identity>();
  readonly #transmissions = new Map<string, string>();
  readonly #stans = new Map<string, number>();
  readonly #firstStan: number;
  readonly #now: () => number;

  /** @param requests of the whole capture: a reversal may name what comes later
   *  @param firstStan of each terminal */
  constructor(requests: readonly Named[], firstStan: number, now: () => number) {
    this.#firstStan = firstStan;
    this.#now = now;
    for (const { message, terminal } of requests) {
      const [stan, sent] = [message?.get(11), message?.get(7)];
      if (message === undefined || stan === undefined || sent === undefined) continue;
      const key = `${terminal} ${stan} ${message.get(12) ?? ''} ${message.get(13) ?? ''}`;
      this.#transactionOf.set(`${terminal} ${stan} ${sent}`, key);
    }
  }

  /** @param recorded STAN, DE 7, 12 and 13 of the capture */
  of(terminal: string, recorded: { stan: string; sent: string; time: string; date: string }): Identity {
    return this.#identity(terminal, `${terminal} ${recorded.stan} ${recorded.time} ${recorded.date}`);
  }

  /** DE 7 in this run; the same for the same one of the capture. */
  transmission(terminal: string, stan: string, sent: string): string {
    const key = `${terminal} ${stan} ${sent}`;
    const given = this.#transmissions.get(key) ?? transmissionDateTime(this.#now());
    this.#transmissions.set(key, given);
    return given;
  }

  /** The STAN of what a DE 90 names. */
  originalStan(terminal: string, stan: string, sent: string): string {
    const key = this.#transactionOf.get(`${terminal} ${stan} ${sent}`) ?? `${terminal} ${stan} ${sent}`;
    return this.#identity(terminal, key).stan;
  }

  #identity(terminal: string, key: string): Identity {
    let identity = this.#given.get(key);
    if (identity === undefined) {
      const stan = this.#stans.get(terminal) ?? this.#firstStan;
      this.#stans.set(terminal, stan >= MAX_STAN ? 1 : stan + 1);
      const { time, date } = tehran(this.#now());
      identity = { stan: String(stan).padStart(6, '0'), time, date };
      this.#given.set(key, identity);
    }
    return identity;
  }
}
