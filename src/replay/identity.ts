import { tehran, transmissionDateTime } from '../ops/clock.ts';
import type { Part } from '../profiles/index.ts';

/** STAN and times of a request in this run. */
export interface Identity {
  readonly stan: string;
  readonly time: string;
  readonly date: string;
  readonly year: string;
}

/** What names a transaction in a capture; empty: the message does not say it. */
export interface Recorded {
  readonly stan: string;
  /** DE 7, or where the profile has it. */
  readonly sent: string;
  readonly time: string;
  readonly date: string;
}

export function recordedOf(parts: readonly Part[]): Recorded {
  const text = (name: string): string => parts.find((part) => part.name === name)?.text ?? '';
  return { stan: text('stan'), sent: text('transmission'), time: text('localTime'), date: text('localDate') };
}

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
  constructor(
    requests: readonly { readonly terminal: string; readonly recorded: Recorded }[],
    firstStan: number,
    now: () => number,
  ) {
    this.#firstStan = firstStan;
    this.#now = now;
    for (const { terminal, recorded } of requests) {
      const { stan, sent } = recorded;
      if (stan !== '' && sent !== '') this.#transactionOf.set(`${terminal} ${stan} ${sent}`, keyOf(terminal, recorded));
    }
  }

  of(terminal: string, recorded: Recorded): Identity {
    return this.#identity(terminal, keyOf(terminal, recorded));
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
      const { time, date, isoDate } = tehran(this.#now());
      identity = { stan: String(stan).padStart(6, '0'), time, date, year: isoDate.slice(2, 4) };
      this.#given.set(key, identity);
    }
    return identity;
  }
}

function keyOf(terminal: string, { stan, time, date }: Recorded): string {
  return `${terminal} ${stan} ${time} ${date}`;
}
