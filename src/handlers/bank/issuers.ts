import type { LegResult } from '../../ledger/index.ts';
import { backoffMs } from '../../net/link/index.ts';

export interface IssuerOptions {
  /** ms */
  readonly now: () => number;
  readonly random: () => number;
  /** An issuer was given up, or answers again. @param bin the first six digits of its cards */
  readonly onChange: (bin: string, isOut: boolean, out: number) => void;
}

interface Issuer {
  /** Doubts in a row. */
  doubts: number;
  /** Trials since it was given up. */
  trials: number;
  nextTrialAt: number;
}

/** Doubts in a row after which an issuer counts as out. */
const DOUBTS = 20;
const TRIAL = { baseMs: 1_000, capMs: 15_000 };
/** Issuers that are remembered; there are some dozens. */
const MOST_ISSUERS = 2_000;

/** Keeps card legs from an issuer that the switch says is out, again and again. Each leg that leaves and has no certain end is a doubt
 *  with an 0420 of its own, whatever its code; so an outage of hours would queue one for each customer who tries. After a number of
 *  doubts in a row, with none of its cards answered with certainty between, only a trial leaves now and then, and the others are
 *  told 91 without having been sent: no doubt, nothing to reverse (decision 40). Counted by BIN, so that an issuer that works is not held up
 *  by one that does not. */
export class Issuers {
  readonly #options: IssuerOptions;
  readonly #issuers = new Map<string, Issuer>();
  #out = 0;

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  /** Whether a leg for this card may leave now. */
  admits(pan: string): boolean {
    const issuer = this.#issuers.get(binOf(pan));
    if (issuer === undefined || issuer.doubts < DOUBTS) return true;
    const now = this.#options.now();
    if (now < issuer.nextTrialAt) return false;
    issuer.nextTrialAt = now + backoffMs(issuer.trials++, TRIAL.baseMs, TRIAL.capMs, this.#options.random);
    return true;
  }

  /** What became of a leg. Nothing is known of an issuer by what was never sent. */
  saw(pan: string, kind: LegResult['kind']): void {
    const bin = binOf(pan);
    if (kind === 'unsent') return;
    if (kind === 'doubt') this.#doubt(bin);
    else this.#answered(bin);
  }

  #doubt(bin: string): void {
    const issuer = this.#issuers.get(bin) ?? { doubts: 0, trials: 0, nextTrialAt: 0 };
    issuer.doubts++;
    if (!this.#issuers.has(bin)) this.#remember(bin, issuer);
    if (issuer.doubts !== DOUBTS) return;
    this.#options.onChange(bin, true, ++this.#out);
  }

  #answered(bin: string): void {
    const issuer = this.#issuers.get(bin);
    if (issuer === undefined) return;
    this.#forget(bin, issuer);
  }

  #remember(bin: string, issuer: Issuer): void {
    const [oldest] = this.#issuers;
    if (this.#issuers.size >= MOST_ISSUERS && oldest !== undefined) this.#forget(...oldest);
    this.#issuers.set(bin, issuer);
  }

  #forget(bin: string, issuer: Issuer): void {
    this.#issuers.delete(bin);
    if (issuer.doubts >= DOUBTS) this.#options.onChange(bin, false, --this.#out);
  }
}

function binOf(pan: string): string {
  return pan.slice(0, 6);
}
