import type { Message } from '../../codec/index.ts';
import type { KeyRef } from '../../hsm/index.ts';
import { messageOf } from '../../ops/errors.ts';
import { checkMac, type MacVerdict } from './seal.ts';
import type { Shared } from './shared.ts';
import type { Exchange } from './types.ts';

export interface SessionKeys {
  readonly zpk: KeyRef;
  readonly zak: KeyRef;
}

/** The pair before is honoured this long for what is in flight (as wire.md 8 has it for terminals). */
const PREVIOUS_KEYS_MS = 60_000;

/** The session keys of one connection, and what they say about the MAC of an answer. */
export class KeyRing {
  readonly #shared: Pick<Shared, 'hsm' | 'clock'>;
  #current: SessionKeys | undefined;
  #previous: { readonly zak: KeyRef; readonly until: number } | undefined;
  #renewing: Promise<void> | undefined;

  constructor(shared: Pick<Shared, 'hsm' | 'clock'>) {
    this.#shared = shared;
  }

  get current(): SessionKeys | undefined {
    return this.#current;
  }

  /** Takes new session keys. The old ZAK stays good for answers that are on their way; an answer under the new one that
   *  overtakes their import waits for it. */
  async renew(take: () => Promise<SessionKeys>): Promise<void> {
    this.#renewing = this.#replace(take);
    try {
      await this.#renewing;
    } finally {
      this.#renewing = undefined;
    }
  }

  async #replace(take: () => Promise<SessionKeys>): Promise<void> {
    const keys = await take();
    if (this.#current !== undefined) {
      this.#previous = { zak: this.#current.zak, until: this.#shared.clock.now() + PREVIOUS_KEYS_MS };
    }
    this.#current = keys;
  }

  /** Financial answers must carry a good MAC; a network answer moves no money and may carry none. */
  async verified(message: Message, body: Buffer): Promise<Exchange> {
    const network = message.mti.startsWith('08');
    // Before keys exist there is nothing to check; the answer that brings keys is checked by who takes them.
    if (this.#current === undefined || (network && message.get(70) === '101')) return { kind: 'answer', message, body };
    try {
      let verdict = await this.#checkMac(message, body);
      if (verdict === 'wrong' && this.#renewing !== undefined) {
        await this.#renewing.catch(() => undefined); // its owner sees the failure
        verdict = await this.#checkMac(message, body);
      }
      if (verdict === 'good' || (network && verdict === 'absent')) return { kind: 'answer', message, body };
      return { kind: 'forged', why: `the answer's MAC is ${verdict}` };
    } catch (error) {
      return { kind: 'forged', why: `the answer's MAC cannot be checked: ${messageOf(error)}` };
    }
  }

  #checkMac(message: Message, body: Buffer): Promise<MacVerdict> {
    const { hsm, clock } = this.#shared;
    const previous = this.#previous !== undefined && this.#previous.until > clock.now() ? [this.#previous.zak] : [];
    return checkMac(hsm, this.#current === undefined ? [] : [this.#current.zak, ...previous], message, body);
  }
}
