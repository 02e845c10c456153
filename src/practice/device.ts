import type { Codec, Message } from '../codec/index.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Clock } from '../ops/clock.ts';
import { readAmounts, SimulatedTerminal, type Answer, type SimulatedCard } from '../simulators/index.ts';
import { GOODS, type Good } from './lessons.ts';
import { EXPIRY, MERCHANT, panOf, terminalOf } from './people.ts';

/** What a key of the drawn terminal asks for. */
export type Act =
  | { readonly do: 'sign-on' }
  | { readonly do: 'balance' }
  | {
      readonly do: 'voucher';
      /** Goods that were read; none: the amount was typed. */
      readonly goods: readonly Good[];
      readonly rials: bigint;
      readonly rest: 'card' | 'cash';
      readonly pin: string;
    }
  | { readonly do: 'card'; readonly rials: bigint; readonly pin: string }
  | { readonly do: 'return'; readonly rrn: string; readonly rials: bigint; readonly pin: string }
  | { readonly do: 'totals' };

/** A purchase whose answer was lost. */
export interface Cut {
  readonly stan: string;
  readonly transmission: string;
  readonly code: string;
  readonly rials: string;
}

interface Total {
  readonly count: number;
  readonly rials: string;
}

/** What the display and the slip say. Rials as text: it is kept as JSON. */
export interface Shown {
  readonly act: Act['do'];
  /** `off`: the terminal was not switched on; `silence`: no answer came. */
  readonly kind: 'approved' | 'declined' | 'off' | 'silence';
  /** ms */
  readonly at: number;
  readonly rc?: string;
  /** Persian, as the gateway wrote it. */
  readonly text?: string;
  readonly totalRials?: string;
  readonly voucherRials?: string;
  readonly cardRials?: string;
  readonly cashRials?: string;
  readonly leftRials?: string;
  readonly rrn?: string;
  readonly stan?: string;
  /** First six and last four. */
  readonly pan?: string;
  readonly terminal?: string;
  /** The sale whose answer was lost was taken back before. */
  readonly tookBack?: boolean;
  readonly totals?: { readonly purchases: Total; readonly reversals: Total; readonly returns: Total };
}

/** The way of a frame to the practice gateway and of its answer back. */
export type Send = (terminal: string, request: Buffer) => Promise<Buffer | undefined>;

export interface DeviceOptions {
  readonly seat: number;
  readonly codec: Codec;
  readonly tmk: Buffer;
  readonly firstStan: number;
  readonly clock: Clock;
  readonly send: Send;
}

/** A drawn terminal's inside: the simulated terminal, on a line within this process. */
export class Device {
  readonly #terminal: SimulatedTerminal;
  readonly #options: DeviceOptions;
  readonly #line: { cut: boolean };

  private constructor(terminal: SimulatedTerminal, options: DeviceOptions, line: { cut: boolean }) {
    this.#terminal = terminal;
    this.#options = options;
    this.#line = line;
  }

  static async open(options: DeviceOptions): Promise<Device> {
    const { seat, codec, tmk, firstStan, clock } = options;
    const line = { cut: false };
    const send = async (request: Buffer): Promise<Buffer | undefined> => {
      const answer = await options.send(terminalOf(seat), request);
      return line.cut ? undefined : answer;
    };
    const terminal = await SimulatedTerminal.connect({
      endpoint: { tls: undefined, send },
      codec,
      terminal: terminalOf(seat),
      merchant: MERCHANT,
      algorithm: 'AES',
      tmk,
      clock,
      timeoutMs: 15_000,
      firstStan,
    });
    return new Device(terminal, options, line);
  }

  signOn(): Promise<void> {
    return this.#terminal.signOn();
  }

  /** Takes back the sale whose answer was lost, as every terminal does before anything else. @returns whether that is done */
  async takeBack(cut: Cut): Promise<boolean> {
    const { codec, seat } = this.#options;
    const fields = {
      3: cut.code,
      4: cut.rials.padStart(12, '0'),
      7: cut.transmission,
      11: cut.stan,
      35: trackOf(seat),
    };
    const original = codec.decode(codec.encode({ mti: '0200', fields }));
    return (await this.#terminal.reverse(original, '68')).rc === '00';
  }

  /** @param cutLine the answer never arrives */
  async perform(act: Exclude<Act, { do: 'sign-on' }>, cutLine: boolean): Promise<{ shown: Shown; cut?: Cut }> {
    const at = this.#options.clock.now();
    const request = this.#prepare(act);
    this.#line.cut = cutLine;
    try {
      return { shown: shownOf(act.do, await this.#terminal.exchange(request), at) };
    } catch (error) {
      if (!(error instanceof GatewayError && error.code === 'terminal.silence')) throw error;
      const shown = { act: act.do, kind: 'silence', at } as const;
      return act.do === 'voucher' || act.do === 'card' ? { shown, cut: cutOf(request) } : { shown };
    } finally {
      this.#line.cut = false;
    }
  }

  #prepare(act: Exclude<Act, { do: 'sign-on' }>): Message {
    const terminal = this.#terminal;
    const card = (pin?: string): SimulatedCard => ({
      pan: panOf(this.#options.seat),
      track2: trackOf(this.#options.seat),
      pin,
    });
    switch (act.do) {
      case 'balance':
        return terminal.prepareFinancial('379800', 0n, card());
      case 'voucher': {
        const basket = act.goods.map((good) => lineOf(good)).join('');
        const rials = act.goods.length === 0 ? act.rials : act.goods.reduce((sum, good) => sum + GOODS[good].rials, 0n);
        const code = act.rest === 'card' ? '179800' : '179898';
        return terminal.prepareFinancial(code, rials, card(act.pin), basket === '' ? {} : { 48: { '01': basket } });
      }
      case 'card':
        return terminal.prepareFinancial('000000', act.rials, card(act.pin));
      case 'return':
        return terminal.prepareFinancial('279800', act.rials, card(act.pin), { 48: { '10': act.rrn } });
      case 'totals':
        return terminal.prepare('0500', {});
    }
  }
}

function trackOf(seat: number): string {
  return `${panOf(seat)}=${EXPIRY}2010000000000`;
}

/** wire.md 5, tag 01 */
function lineOf(good: Good): string {
  const { code, rials } = GOODS[good];
  return `${code}00000001${String(rials).padStart(12, '0')}`;
}

function cutOf(request: Message): Cut {
  const [stan = '', transmission = '', code = '', rials = ''] = [11, 7, 3, 4].map((de) => request.get(de));
  return { stan, transmission, code, rials };
}

function shownOf(act: Act['do'], { rc, message, request }: Answer, at: number): Shown {
  const approved = rc === '00' || rc === '10' || (act === 'totals' && rc === '95');
  const amounts = readAmounts(message.get(54));
  const pan = request.get(35)?.split('=')[0];
  const known = {
    text: message.get('48.13'),
    totalRials: request.has(4) ? BigInt(request.get(4) ?? '0').toString() : undefined,
    voucherRials: amounts.get('9841')?.toString(),
    cardRials: amounts.get('0041')?.toString(),
    cashRials: amounts.get('0004')?.toString(),
    leftRials: amounts.get('9802')?.toString(),
    rrn: message.get(37),
    stan: message.get(11),
    terminal: message.get(41),
    pan: pan === undefined ? undefined : `${pan.slice(0, 6)}******${pan.slice(-4)}`,
    totals: act === 'totals' ? totalsOf(message.get('48.40')) : undefined,
  };
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { act, kind: approved ? 'approved' : 'declined', at, rc, ...given };
}

/** wire.md 5, tag 40: nine lines of 20. */
function totalsOf(text: string | undefined): Shown['totals'] {
  if (text === undefined) return undefined;
  const values = new Map<string, bigint>();
  for (let at = 0; at + 20 <= text.length; at += 20)
    values.set(text.slice(at + 2, at + 4), BigInt(text.slice(at + 8, at + 20)));
  const of = (count: string, amount: string): Total => ({
    count: Number(values.get(count) ?? 0n),
    rials: String(values.get(amount) ?? 0n),
  });
  return { purchases: of('76', '88'), reversals: of('77', '89'), returns: of('74', '86') };
}
