import { demoPan, demoShop, demoTrack2, DEMO_HOUSEHOLDS, DEMO_PIN, type DemoTerminal } from '../demo/index.ts';
import type { Codec, Message } from '../codec/index.ts';
import { maskPan } from '../field/pan.ts';
import type { Clock } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import {
  PowerCut,
  Till,
  writeBasket,
  type Deed,
  type Endpoint,
  type TillEnd,
  type TillOutput,
  type TillStore,
} from '../simulators/terminal/index.ts';
import { goodOf, lineOf, SILENT_HOUSEHOLD, type CounterGood } from './counter.ts';
import { FrameLog, type WireFrame } from './frames.ts';
import { resultOf, splitOf } from './result.ts';
import type { Busy, Done, Result, Screen } from './screen.ts';

export interface PosDeviceOptions {
  readonly terminal: DemoTerminal;
  readonly endpoint: Endpoint;
  readonly codec: Codec;
  /** Its memory: the counter of STANs goes on where the visitor before left it. */
  readonly store: TillStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Faults at hand. `line`: the next answer to a sale is lost · `pin`: the customer types a wrong one · `bank`: the next card is of a bank
 *  that is silent. The last three are over once they happened. */
export const POS_FAULTS = ['paper', 'line', 'pin', 'bank'] as const;
export type PosFault = (typeof POS_FAULTS)[number];

/** What came out of the printer, the newest last. */
export interface PosSlip {
  readonly id: number;
  readonly copy: boolean;
  readonly result: Result;
}

/** What a page draws. */
export interface PosView {
  readonly terminal: string;
  readonly shop: string;
  readonly screen: Screen;
  readonly faults: ReadonlySet<PosFault>;
  readonly slips: readonly PosSlip[];
  readonly frames: readonly WireFrame[];
  /** Counts what was pressed: a form says which picture it was pressed on. */
  readonly turn: number;
}

/** Of the device, as its menu numbers them. */
export const POS_MENU = ['179800', '179898', '379800', '000000', '310000', 'reverse', 'reprint'] as const;
export type PosDeed = (typeof POS_MENU)[number];

const MOST_DIGITS = 10;
const MOST_GOODS = 12;
const MOST_SLIPS = 3;
const WRONG_PIN = '9999';
/** Longer than the gateway waits for a bank. */
const TIMEOUT_MS = 45_000;

/** Who buys what, until it is sent. */
interface Sale {
  readonly deed: Deed;
  readonly rials: bigint;
  readonly goods: readonly CounterGood[];
  readonly household: number;
}

/** A drawn device: its keys go in, its display, printer and wire are looked at. Inside is the till of the simulators, which speaks to the
 *  gateway over TLS with the certificate of its terminal. */
export class PosDevice {
  readonly #options: PosDeviceOptions;
  readonly #till: Till;
  readonly #frames = new FrameLog();
  readonly #faults = new Set<PosFault>();
  readonly #slips: PosSlip[] = [];
  #screen: Screen = { at: 'menu' };
  #sale: Sale | undefined;
  #pin = '';
  #last: Result | undefined;
  #printed = false;
  #slipId = 0;
  #turn = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(options: PosDeviceOptions) {
    const { terminal, endpoint, codec, store, clock } = options;
    this.#options = options;
    this.#till = new Till({
      terminal: {
        ...{ endpoint, codec, timeoutMs: TIMEOUT_MS },
        terminal: terminal.terminal,
        merchant: terminal.merchant,
        algorithm: terminal.algorithm,
        tmk: terminal.tmk,
        onFrame: (way, message) => {
          this.#frames.add(way, message, clock.now());
        },
        losesAnswer: (request) => this.#loses(request),
      },
      store,
      clock,
      output: (output) => {
        this.#take(output);
      },
      slip: () => '', // drawn from the answer
    });
  }

  /** Signs on, as a device does when it is switched on. */
  start(): void {
    this.#do('sign-on', async () => ((await this.#till.start()) ? { at: 'menu' } : { at: 'done', how: 'no-line' }));
  }

  /** It is switched off; what was on its way is over. */
  stop(): void {
    this.#till.cutPower();
  }

  /** Resolves when what is under way is over. */
  idle(): Promise<void> {
    return this.#work;
  }

  view(): PosView {
    const { terminal, merchant } = this.#options.terminal;
    return {
      terminal,
      shop: demoShop(merchant),
      screen: this.#screen,
      faults: this.#faults,
      slips: this.#slips,
      frames: this.#frames.all(),
      turn: this.#turn,
    };
  }

  toggle(fault: PosFault): void {
    this.#turn++;
    if (!this.#faults.delete(fault)) this.#faults.add(fault);
  }

  /** A key of the device: a digit, `enter`, `clear`, `cancel`. What it does not take, it ignores, as devices do. */
  press(key: string): void {
    if (this.#screen.at === 'busy') return;
    this.#turn++;
    if (key === 'cancel') this.#toMenu();
    else if (/^\d$/.test(key)) this.#digit(key);
    else if (key === 'clear') this.#clear();
    else if (key === 'enter') this.#enter();
  }

  /** A good is scanned. */
  scan(code: string): void {
    const screen = this.#screen;
    const good = goodOf(code);
    if (good === undefined) return;
    this.#turn++;
    if (screen.at === 'goods') this.#add(screen, good);
    else if (screen.at === 'how')
      this.#add({ at: 'goods', deed: screen.deed, goods: [], typed: '', unknown: false }, good); // prettier-ignore
    else if (screen.at === 'menu' || screen.at === 'done')
      this.#add({ at: 'goods', deed: '179800', goods: [], typed: '', unknown: false }, good);
  }

  /** A customer's card is put in. */
  insert(household: number): void {
    if (this.#screen.at !== 'card' || !isHousehold(household)) return;
    this.#turn++;
    this.#insert(this.#screen, household);
  }

  /** The customer types the PIN and presses enter. */
  typePin(): void {
    if (this.#screen.at !== 'pin') return;
    this.#turn++;
    this.#pin = DEMO_PIN;
    this.#send();
  }

  #toMenu(): void {
    this.#screen = { at: 'menu' };
    this.#sale = undefined;
    this.#pin = '';
  }

  #digit(digit: string): void {
    const screen = this.#screen;
    if (screen.at === 'menu' || screen.at === 'done') this.#choose(POS_MENU[Number(digit) - 1]);
    else if (screen.at === 'how' && digit === '1')
      this.#screen = { at: 'goods', deed: screen.deed, goods: [], typed: '', unknown: false }; // prettier-ignore
    else if (screen.at === 'how' && digit === '2') this.#screen = { at: 'amount', deed: screen.deed, typed: '' };
    else if (screen.at === 'goods')
      this.#screen = { ...screen, typed: typedOn(screen.typed, digit, 4), unknown: false };
    else if (screen.at === 'card') this.#screen = { ...screen, typed: typedOn(screen.typed, digit, 4), unknown: false };
    else if (screen.at === 'amount') this.#screen = { ...screen, typed: typedOn(screen.typed, digit, MOST_DIGITS) };
    else if (screen.at === 'pin' && this.#pin.length < 4) {
      this.#pin += digit;
      this.#screen = { ...screen, digits: this.#pin.length };
    }
  }

  #choose(deed: PosDeed | undefined): void {
    if (deed === undefined) return;
    this.#toMenu();
    if (deed === 'reprint') this.#reprint();
    else if (deed === 'reverse') this.#takeBack();
    else if (deed === '179800' || deed === '179898') this.#screen = { at: 'how', deed };
    else if (deed === '000000') this.#screen = { at: 'amount', deed, typed: '' };
    else this.#screen = { at: 'card', deed, rials: 0n, typed: '', unknown: false };
  }

  #clear(): void {
    const screen = this.#screen;
    if (screen.at === 'goods' && screen.typed === '')
      this.#screen = { ...screen, goods: screen.goods.slice(0, -1), unknown: false }; // prettier-ignore
    else if (screen.at === 'goods' || screen.at === 'card')
      this.#screen = { ...screen, typed: screen.typed.slice(0, -1), unknown: false };
    else if (screen.at === 'amount') this.#screen = { ...screen, typed: screen.typed.slice(0, -1) };
    else if (screen.at === 'pin') {
      this.#pin = this.#pin.slice(0, -1);
      this.#screen = { ...screen, digits: this.#pin.length };
    }
  }

  #enter(): void {
    const screen = this.#screen;
    if (screen.at === 'done') this.#toMenu();
    else if (screen.at === 'goods') {
      const good = goodOf(screen.typed);
      if (screen.typed === '') this.#askCard(screen.deed, screen.goods, totalOf(screen.goods));
      else if (good === undefined) this.#screen = { ...screen, typed: '', unknown: true };
      else this.#add(screen, good);
    } else if (screen.at === 'amount') this.#askCard(screen.deed, [], BigInt(screen.typed === '' ? 0 : screen.typed));
    else if (screen.at === 'card') {
      const household = Number(screen.typed);
      if (isHousehold(household)) this.#insert(screen, household);
      else this.#screen = { ...screen, typed: '', unknown: true };
    } else if (screen.at === 'split') this.#askPin(screen.deed, screen.rials);
    else if (screen.at === 'pin' && this.#pin.length === 4) this.#send();
  }

  #add(screen: Screen & { at: 'goods' }, good: CounterGood): void {
    const goods = screen.goods.length < MOST_GOODS ? [...screen.goods, good] : screen.goods;
    this.#screen = { ...screen, goods, typed: '', unknown: false };
  }

  #askCard(deed: Deed, goods: readonly CounterGood[], rials: bigint): void {
    if (rials === 0n) return;
    this.#sale = { deed, goods, rials, household: 0 };
    this.#screen = { at: 'card', deed, rials, typed: '', unknown: false };
  }

  #insert({ deed, rials }: Screen & { at: 'card' }, typed: number): void {
    const household = this.#faults.delete('bank') ? SILENT_HOUSEHOLD : typed;
    const sale: Sale = { goods: [], ...this.#sale, deed, rials, household };
    this.#sale = sale;
    if (deed === '379800') this.#trade(sale);
    else if (deed === '179800' || deed === '179898') this.#quote(sale);
    else this.#askPin(deed, rials);
  }

  #askPin(deed: Deed, rials: bigint): void {
    this.#pin = '';
    this.#screen = { at: 'pin', deed, rials, digits: 0, card: maskPan(demoPan(this.#sale?.household ?? 0)) };
  }

  /** What the purchase would be paid with, before anybody types a PIN (37 98 00, wire.md 4). */
  #quote(sale: Sale): void {
    const { deed, rials, household } = sale;
    this.#do('quote', async () => {
      const end = await this.#till.sell('379800', rials, cardOf(household), basketOf(sale));
      if (end.kind !== 'approved') return this.#ended(sale, end);
      return { at: 'split', deed, rials, split: splitOf(end.answer, rials), card: maskPan(demoPan(household)) };
    });
  }

  #send(): void {
    const sale = this.#sale;
    if (sale === undefined) return;
    const pin = this.#faults.delete('pin') ? WRONG_PIN : this.#pin;
    this.#pin = '';
    this.#trade(sale, pin);
  }

  #trade(sale: Sale, pin?: string): void {
    const { deed, rials, household } = sale;
    this.#do('sale', async () =>
      this.#ended(sale, await this.#till.sell(deed, rials, cardOf(household, pin), basketOf(sale))),
    );
  }

  #takeBack(): void {
    this.#do('taking-back', async () => {
      const end = await this.#till.takeBack();
      if (end.kind === 'no-answer') return { at: 'done', how: 'silence', reversed: false };
      // the till says "not ready" with a reason where it had nothing to do
      return { at: 'done', how: end.kind === 'not-ready' && end.why !== '' ? 'nothing' : 'taken-back' };
    });
  }

  #ended(sale: Sale, end: TillEnd): Done {
    if (end.kind === 'not-ready') return { at: 'done', how: 'no-line' };
    if (end.kind === 'no-answer') {
      const reversed = this.#options.store.read().queued === undefined;
      return { at: 'done', how: 'silence', reversed };
    }
    const result = resultOf(sale.deed, end.answer, sale.goods, this.#options.clock.now());
    if (end.kind === 'declined') return { at: 'done', how: 'declined', result, printed: false };
    this.#last = result;
    this.#printed = false;
    this.#print(false);
    return { at: 'done', how: 'approved', result, printed: this.#printed };
  }

  #reprint(): void {
    if (this.#last === undefined) this.#screen = { at: 'done', how: 'nothing' };
    else this.#screen = { at: 'done', how: this.#print(true) ? 'reprinted' : 'no-paper' };
  }

  /** @returns whether there was paper */
  #print(again: boolean): boolean {
    if (this.#faults.has('paper') || this.#last === undefined) return false;
    // what never came out is no copy when it does
    this.#slips.push({ id: ++this.#slipId, copy: again && this.#printed, result: this.#last });
    this.#printed = true;
    if (this.#slips.length > MOST_SLIPS) this.#slips.shift();
    return true;
  }

  #loses(request: Message): boolean {
    if (request.mti !== '0200' || request.get(3) === '379800' || !this.#faults.delete('line')) return false;
    this.#frames.cut(this.#options.clock.now());
    return true;
  }

  /** While a sale's reversal is on its way, the display says so. */
  #take({ kind }: TillOutput): void {
    if (kind === 'screen' && this.#screen.at === 'busy' && this.#frames.all().at(-1)?.way === 'cut')
      this.#screen = { ...this.#screen, what: 'taking-back' };
  }

  #do(what: Busy, work: () => Promise<Screen>): void {
    this.#screen = { at: 'busy', what, since: this.#options.clock.now() };
    this.#work = work().then(
      (screen) => {
        this.#turn++;
        this.#screen = screen;
      },
      (error: unknown) => {
        if (error instanceof PowerCut) return; // it was switched off
        this.#options.log.warn({ error: messageOf(error), terminal: this.#options.terminal.terminal }, 'the drawn device failed'); // prettier-ignore
        this.#turn++;
        this.#screen = { at: 'done', how: 'no-line' };
      },
    );
  }
}

function isHousehold(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= DEMO_HOUSEHOLDS;
}

function typedOn(typed: string, digit: string, most: number): string {
  return typed.length < most ? typed + digit : typed;
}

function totalOf(goods: readonly CounterGood[]): bigint {
  return goods.reduce((sum, { rials }) => sum + rials, 0n);
}

function cardOf(household: number, pin?: string): { pan: string; track2: string; pin: string | undefined } {
  return { pan: demoPan(household), track2: demoTrack2(household), pin };
}

function basketOf({ goods }: Sale): Readonly<Record<number, Readonly<Record<string, string>>>> {
  return goods.length === 0 ? {} : { 48: { '01': writeBasket(goods.map(lineOf)) } };
}
