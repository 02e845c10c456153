import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile, loadSpec, type Codec, type Message } from '../../../src/codec/index.ts';
import { terminalCertificate } from '../../../src/demo/files.ts';
import { systemClock, tehran, transmissionDateTime } from '../../../src/ops/clock.ts';
import { DEMO_TERMINALS, demoPan, demoTrack2, type DemoTerminal } from '../../../src/demo/programme.ts';
import { SimulatedTerminal, type Answer } from '../../../src/simulators/terminal/index.ts';

/** What a terminal and its customer believe in the end, of one purchase. */
export interface View {
  readonly terminal: string;
  readonly stan: string;
  readonly localTime: string;
  readonly localDate: string;
  readonly household: number;
  readonly amountRials: bigint;
  readonly belief: 'approved' | 'declined' | 'reversed';
  readonly rc: string;
  /** What the customer brought back of it, and was told was taken back. */
  readonly returnedRials: bigint;
  /** What a repeat got wrong, if it did. */
  readonly complaint: string | undefined;
}

/** One customer's errand, decided before anything goes wrong. */
export interface Order {
  readonly household: number;
  readonly amountRials: bigint;
  /** What the terminal does once it is approved. */
  readonly afterwards: 'nothing' | 'repeat' | 'repeat-late' | 'cancel' | 'return' | 'return-and-reverse-it';
  /** Reserves the split first, and buys by it. */
  readonly quoted: boolean;
  /** What it does when no answer comes. */
  readonly whenSilent: 'repeat' | 'reverse';
}

/** Where terminals connect: one after the other, as they are lost. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Hears of a purchase when it is asked, and then what became of it. */
export interface Ear {
  asked(order: Order, terminal: string): Heard;
}

interface Heard {
  /** The answer; undefined: none came, or one in doubt, and it was reversed. */
  answered(answer: Answer | undefined): void;
  /** What was approved is being reversed. @returns to be called when that was heard */
  reversing(): () => void;
}

const DEAF: Ear = { asked: () => ({ answered: () => undefined, reversing: () => () => undefined }) };

const TIMEOUT_MS = 6_000;
/** A terminal that shall be silent is asked again this many times, then reversed: the customer waits no longer. */
const PATIENCE = 3;
/** How late a late repeat is: business days may have closed meanwhile. */
const LATE_MS = 8_000;

interface Identity {
  readonly 7: string;
  readonly 11: string;
  readonly 12: string;
  readonly 13: string;
}

/** An 0200 as it is sent, the first time and again. */
interface Request extends Order {
  readonly code: string;
  readonly fields: Identity & { readonly 48?: Readonly<Record<string, string>> };
}

/** A terminal of the demo programme that keeps going: reconnects, repeats what it did not hear, reverses until heard. */
export class Terminal {
  readonly #known: DemoTerminal;
  readonly #data: string;
  readonly #places: readonly Place[];
  readonly #codec: Codec;
  readonly #ear: Ear;
  #device: Promise<SimulatedTerminal> | undefined;
  #stan: number;
  #turn: number;

  constructor(known: DemoTerminal, data: string, places: readonly Place[], codec: Codec, ear: Ear = DEAF) {
    this.#known = known;
    this.#data = data;
    this.#places = places;
    this.#turn = Number(known.terminal);
    this.#codec = codec;
    this.#ear = ear;
    this.#stan = Number(known.terminal.slice(-2)) * 10_000;
  }

  async buy(order: Order): Promise<View> {
    const quoteRef = order.quoted ? await this.#reserve(order) : undefined;
    const identity = this.#identity();
    const tags = quoteRef === undefined ? {} : { 48: { '14': quoteRef } };
    const request: Request = { ...order, code: '179800', fields: { ...identity, ...tags } };
    const heard = this.#ear.asked(order, this.#known.terminal);
    const answer = await this.#ask(request);
    const rc = answer?.rc ?? '';
    const view = (belief: View['belief'], complaint?: string, returnedRials = 0n): View => ({
      terminal: this.#known.terminal,
      stan: identity[11],
      localTime: identity[12],
      localDate: identity[13],
      household: order.household,
      amountRials: order.amountRials,
      belief,
      rc,
      returnedRials,
      complaint,
    });
    // Not heard, or the gateway does not know: the terminal reverses, and is rid of the doubt when that is heard.
    if (answer === undefined || rc === '68') {
      await this.#reverse(request, '68');
      heard.answered(undefined);
      if (quoteRef !== undefined) await this.#release(order, quoteRef);
      return view('reversed');
    }
    heard.answered(answer);
    if (rc !== '00') return view('declined');
    if (order.afterwards === 'repeat-late') await sleep(LATE_MS);
    if (order.afterwards.startsWith('repeat')) return view('approved', await this.#complaint(request, answer));
    if (order.afterwards === 'nothing') return view('approved');
    if (order.afterwards.startsWith('return')) return view('approved', undefined, await this.#return(request, answer));
    const reversed = heard.reversing();
    await this.#reverse(request, '17');
    reversed();
    return view('reversed');
  }

  #identity(): Identity {
    const now = systemClock.now();
    const local = tehran(now);
    return { 7: transmissionDateTime(now), 11: this.#nextStan(), 12: local.time, 13: local.date };
  }

  /** Reserves what the purchase will take; asked until it is answered. */
  async #reserve(order: Order): Promise<string | undefined> {
    const answer = await this.#until({ ...order, code: '379800', fields: { ...this.#identity(), 48: { '15': '1' } } });
    return answer.message.get('48.14');
  }

  async #release(order: Order, quoteRef: string): Promise<void> {
    const fields = { ...this.#identity(), 48: { '14': quoteRef } };
    await this.#until({ ...order, amountRials: 0n, code: '479800', fields });
  }

  /** Brings all but one rial back, which may be of the voucher and of the card.
   *  @returns what was taken back and stays so: a return in doubt is reversed, and one that the customer thinks better of */
  async #return(sale: Request, sold: Answer): Promise<bigint> {
    const amountRials = sale.amountRials > 1n ? sale.amountRials - 1n : 1n;
    const fields = { ...this.#identity(), 48: { '10': sold.message.get(37) ?? '' } };
    const request: Request = { ...sale, amountRials, code: '279800', fields };
    const answer = await this.#ask({ ...request, whenSilent: 'repeat' });
    // Not heard, or in doubt: without its reversal, nobody would know.
    if (answer === undefined || answer.rc === '68' || answer.rc === '96') await this.#reverse(request, '68');
    if (answer?.rc !== '00') return 0n;
    if (sale.afterwards === 'return') return amountRials;
    await this.#reverse(request, '17');
    return 0n;
  }

  async close(): Promise<void> {
    (await this.#device?.catch(() => undefined))?.close();
  }

  /** The answer to the purchase, or undefined when the terminal gave up waiting. */
  async #ask(request: Request): Promise<Answer | undefined> {
    const { code, amountRials, household, fields, whenSilent } = request;
    for (let tries = 0; tries < PATIENCE; tries++) {
      const answer = await this.#try((device) => device.financial(code, amountRials, cardOf(household), { ...fields }));
      if (answer !== undefined) return answer;
      if (whenSilent === 'reverse') return undefined;
    }
    return undefined;
  }

  /** Asks until there is an answer of the ledger: of it alone, for a bank in doubt may be the answer for ever. */
  async #until(request: Request): Promise<Answer> {
    for (;;) {
      const answer = await this.#ask({ ...request, whenSilent: 'repeat' });
      if (answer !== undefined && answer.rc !== '96') return answer;
    }
  }

  /** A repeat must get the very answer of the first, but for DE 7 and the MAC (wire.md 9.1). */
  async #complaint(request: Request, first: Answer): Promise<string | undefined> {
    const [a, b] = [essence(first.message), essence((await this.#until(request)).message)];
    return a === b ? undefined : `first ${a}, then ${b}`;
  }

  async #reverse(request: Request, reason: '68' | '17'): Promise<void> {
    const { terminal, merchant } = this.#known;
    const fields = {
      ...request.fields,
      3: request.code,
      4: String(request.amountRials).padStart(12, '0'),
      22: '051',
      25: '00',
      35: demoTrack2(request.household),
      41: terminal,
      42: merchant,
      49: '364',
    };
    const original = this.#codec.decode(this.#codec.encode({ mti: '0200', fields }));
    for (;;) {
      const answer = await this.#try((device) => device.reverse(original, reason));
      if (answer?.rc === '00' || answer?.rc === '25') return;
    }
  }

  /** @returns undefined when nothing was heard; the next try takes a new connection */
  async #try(work: (device: SimulatedTerminal) => Promise<Answer>): Promise<Answer | undefined> {
    const mine = (this.#device ??= this.#connect());
    try {
      return await work(await mine);
    } catch {
      if (this.#device === mine) this.#device = undefined;
      void mine
        .then((device) => {
          device.close();
        })
        .catch(() => undefined);
      await sleep(50);
      return undefined;
    }
  }

  /** To one copy of the gateway, and after a loss to the next, as a load balancer does it. */
  async #connect(): Promise<SimulatedTerminal> {
    const place = this.#places[this.#turn++ % this.#places.length];
    const tls = { ca: join(this.#data, 'tls', 'ca.crt'), ...terminalCertificate(this.#data, this.#known.terminal) };
    const device = await SimulatedTerminal.connect({
      ...this.#known,
      endpoint: { host: '127.0.0.1', port: 0, ...place, tls },
      codec: this.#codec,
      clock: systemClock,
      timeoutMs: TIMEOUT_MS,
      firstStan: 900_000,
    });
    await device.signOn();
    return device;
  }

  #nextStan(): string {
    this.#stan = (this.#stan % 899_999) + 1;
    return String(this.#stan).padStart(6, '0');
  }
}

export function demoTerminals(count: number, data: string, places: readonly Place[], ear?: Ear): Terminal[] {
  const codec = compile(loadSpec('kalabarg-pos'));
  return DEMO_TERMINALS.slice(0, count).map((known) => new Terminal(known, data, places, codec, ear));
}

function cardOf(household: number): { pan: string; track2: string; pin: string } {
  return { pan: demoPan(household), track2: demoTrack2(household), pin: '1234' };
}

/** Everything of an answer that a repeat must show again. */
function essence(message: Message): string {
  const fields = Object.fromEntries(
    message
      .fields()
      .filter((de) => ![7, 64, 128].includes(de))
      .map((de) => [de, message.get(de)]),
  );
  return JSON.stringify({ mti: message.mti, fields });
}
