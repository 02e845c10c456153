import type { Message, OddElement } from '../../codec/index.ts';
import { isAnswer } from '../../field/mti.ts';
import { messageOf } from '../../ops/errors.ts';
import type { KeyRing } from './session-keys.ts';
import type { Shared } from './shared.ts';

/** A message, and what of it was passed over. */
interface Read {
  readonly message: Message;
  readonly odd: readonly OddElement[];
}

const NOTHING_ODD: readonly OddElement[] = [];
/** What an answer is matched by and judged by: never passed over (docs/decisions/0018). DE 2 is, because banks mask it; who judges
 *  the answer looks at what it shows. */
const NEEDED: ReadonlySet<number> = new Set([3, 4, 7, 11, 37, 39, 41, 49, 64, 70, 128]);
const NAMING = [7, 11, 41] as const;

/** What the bank says on one connection: each answer is read, matched with the request that waits for it, and verified. What fits
 *  no request is explained, in the log and to whoever counts. */
export class Answers {
  readonly #endpoint: string;
  readonly #shared: Shared;
  readonly #keys: KeyRing;
  /** Elements that were odd once. */
  readonly #odd = new Set<number>();

  constructor(endpoint: string, shared: Shared, keys: KeyRing) {
    this.#endpoint = endpoint;
    this.#shared = shared;
    this.#keys = keys;
  }

  /** @param onRequest is given what is a request of the bank rather than an answer */
  receive(body: Buffer, onRequest: (message: Message) => void): void {
    let read: Read;
    try {
      read = this.#read(body);
    } catch (error) {
      this.#explain('undecodable', messageOf(error));
      this.#settleUnreadable(body, messageOf(error));
      return;
    }
    for (const { de, fault } of read.odd) this.#noteOdd(read.message.mti, de, fault.reason);
    if (isAnswer(read.message.mti)) void this.#match(read, body);
    else onRequest(read.message);
  }

  /** A sound message, else what is sound of it. @throws CodecError */
  #read(body: Buffer): Read {
    const { codec } = this.#shared;
    try {
      return { message: codec.decode(body), odd: NOTHING_ODD };
    } catch {
      return codec.tolerate(body, NEEDED); // it throws for what is wrong with the whole
    }
  }

  /** Each element is logged once a connection: a bank that is odd is odd in every answer. */
  #noteOdd(mti: string, de: number, reason: string): void {
    this.#shared.event({ kind: 'odd-element', de });
    if (this.#odd.has(de)) return;
    this.#odd.add(de);
    this.#shared.log.warn({ endpoint: this.#endpoint, mti, de, reason }, 'an odd element of the bank is passed over');
  }

  /** An answer that cannot be read ends its request at once, if it says whose it is: nothing better will come. */
  #settleUnreadable(body: Buffer, why: string): void {
    const salvaged = this.#shared.codec.salvage(body, NAMING);
    if (salvaged === undefined || !isAnswer(salvaged.mti)) return;
    const { 11: stan = '', 7: transmission = '', 41: terminal = '' } = salvaged.fields;
    const match = this.#shared.matching.take({ answerMti: salvaged.mti, stan, transmission, terminal });
    if (match.kind !== 'matched') return;
    match.value.claim();
    match.value.settle({ kind: 'unreadable', why: `the answer cannot be read: ${why}` });
  }

  async #match({ message, odd }: Read, body: Buffer): Promise<void> {
    const identity = {
      answerMti: message.mti,
      stan: message.get(11) ?? '',
      transmission: message.get(7) ?? '',
      terminal: message.get(41) ?? '',
    };
    const match = this.#shared.matching.take(identity);
    const named = `${message.mti} STAN ${identity.stan} terminal ${identity.terminal} RC ${message.get(39) ?? '-'}`;
    switch (match.kind) {
      case 'matched': {
        match.value.claim();
        const exchange = await this.#keys.verified(message, body);
        match.value.settle(exchange.kind === 'answer' && odd.length > 0 ? { odd, ...exchange } : exchange);
        return;
      }
      case 'late': {
        const lateMs = this.#shared.clock.now() - match.gaveUpAt;
        this.#explain('late', `${named}: ${lateMs} ms after it was given up; ${afterwards(message.mti)}`);
        return;
      }
      case 'duplicate':
        this.#explain('duplicate', `${named}: answered before`);
        return;
      case 'unmatched':
        this.#explain(
          'unmatched',
          `${named}: ${match.near?.explanation ?? 'nothing near it is known'}`,
          match.near?.but,
        );
    }
  }

  #explain(kind: 'late' | 'duplicate' | 'unmatched' | 'undecodable', explanation: string, but?: string): void {
    this.#shared.log.warn({ endpoint: this.#endpoint, kind, explanation }, 'an answer of the bank fits no request');
    this.#shared.event({ kind, explanation, ...(but === undefined ? {} : { but }) });
  }
}

/** What becomes of a request whose answer came too late. */
function afterwards(mti: string): string {
  if (mti.startsWith('08')) return 'its connection was closed';
  return mti.startsWith('04') || mti.startsWith('022') ? 'it is sent again' : 'its leg is reversed';
}
