import { demoPan, demoShop, demoTrack2, DEMO_PIN, type DemoTerminal } from '../demo/index.ts';
import type { Codec, Message } from '../codec/index.ts';
import type { MoneyUnit } from '../field/money-unit.ts';
import { maskPan } from '../field/pan.ts';
import type { Clock } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import {
  PowerCut,
  Till,
  writeBasket,
  type DeviceUnits,
  type Endpoint,
  type TillEnd,
  type TillOutput,
  type TillStore,
} from '../simulators/terminal/index.ts';
import { lineOf, SILENT_HOUSEHOLD } from './counter.ts';
import { FrameLog, type WireFrame } from './frames.ts';
import { inserted, isHousehold, MENU, pressed, scanned, type Pad, type Pressed, type Sale } from './keypad.ts';
import { resultOf, splitOf } from './result.ts';
import type { Busy, Done, Result, Screen } from './screen.ts';

export interface PosDeviceOptions {
  readonly terminal: DemoTerminal;
  readonly endpoint: Endpoint;
  readonly codec: Codec;
  /** Its memory: the counter of STANs goes on where the visitor before left it. */
  readonly store: TillStore;
  readonly units: DeviceUnits;
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
  /** In which the device says amounts today. */
  readonly unit: MoneyUnit;
  readonly screen: Screen;
  readonly faults: ReadonlySet<PosFault>;
  readonly slips: readonly PosSlip[];
  readonly frames: readonly WireFrame[];
  /** Counts what was pressed: a form says which picture it was pressed on. */
  readonly turn: number;
}

const MOST_SLIPS = 3;
const WRONG_PIN = '9999';
/** Longer than the gateway waits for a bank. */
const TIMEOUT_MS = 45_000;

/** A drawn device: its keys go in, its display, printer and wire are looked at. Inside is the till of the simulators, which speaks to the
 *  gateway over TLS with the certificate of its terminal. */
export class PosDevice {
  readonly #options: PosDeviceOptions;
  readonly #till: Till;
  readonly #frames = new FrameLog();
  readonly #faults = new Set<PosFault>();
  readonly #slips: PosSlip[] = [];
  #pad: Pad = MENU;
  #last: Result | undefined;
  #printed = false;
  #slipId = 0;
  #turn = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(options: PosDeviceOptions) {
    const { terminal, endpoint, codec, store, units, clock } = options;
    this.#options = options;
    this.#till = new Till({
      terminal: {
        ...{ endpoint, codec, units, timeoutMs: TIMEOUT_MS },
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
      unit: this.#till.unit,
      screen: this.#pad.screen,
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

  /** A key of the device: a digit, `enter`, `clear`, `cancel`. */
  press(key: string): void {
    this.#next(pressed(this.#pad, key, this.#till.unit));
  }

  /** A good is scanned. */
  scan(code: string): void {
    this.#next(scanned(this.#pad, code, this.#till.unit));
  }

  /** A customer's card is put in. */
  insert(household: number): void {
    if (this.#pad.screen.at === 'card' && isHousehold(household)) this.#insert(household);
  }

  /** The customer types the PIN and presses enter. */
  typePin(): void {
    if (this.#pad.screen.at === 'pin') this.#next(pressed({ ...this.#pad, pin: DEMO_PIN }, 'enter', this.#till.unit));
  }

  #next({ pad, act }: Pressed): void {
    this.#turn++;
    this.#pad = pad;
    if (act?.do === 'insert') this.#insert(act.household);
    else if (act?.do === 'quote') this.#quote(act.sale);
    else if (act?.do === 'trade') this.#trade(act.sale, pad.pin);
    else if (act?.do === 'take-back') this.#takeBack();
    else if (act?.do === 'reprint') this.#reprint();
  }

  #insert(typed: number): void {
    this.#next(inserted(this.#pad, this.#faults.delete('bank') ? SILENT_HOUSEHOLD : typed));
  }

  #show(screen: Screen, sale?: Sale): void {
    this.#turn++;
    this.#pad = { screen, sale, pin: '' };
  }

  /** What the purchase would be paid with, before anybody types a PIN (37 98 00, wire.md 4). */
  #quote(sale: Sale): void {
    const { deed, rials, household } = sale;
    this.#do(
      'quote',
      async () => {
        const end = await this.#till.sell('379800', rials, cardOf(household), basketOf(sale, this.#till.unit));
        if (end.kind !== 'approved') return this.#ended(sale, end);
        return { at: 'split', deed, rials, split: splitOf(end.answer, rials), card: maskPan(demoPan(household)) };
      },
      sale,
    );
  }

  /** @param typed empty: nothing of it wants a PIN */
  #trade(sale: Sale, typed: string): void {
    const { deed, rials, household } = sale;
    const pin = typed === '' ? undefined : this.#faults.delete('pin') ? WRONG_PIN : typed;
    this.#do('sale', async () =>
      this.#ended(sale, await this.#till.sell(deed, rials, cardOf(household, pin), basketOf(sale, this.#till.unit))),
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
    if (this.#last === undefined) this.#show({ at: 'done', how: 'nothing' });
    else this.#show({ at: 'done', how: this.#print(true) ? 'reprinted' : 'no-paper' });
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
    const { screen } = this.#pad;
    if (kind === 'screen' && screen.at === 'busy' && this.#frames.all().at(-1)?.way === 'cut')
      this.#show({ ...screen, what: 'taking-back' });
  }

  /** The PIN is forgotten with the screen that asked for it. @param sale that goes on afterwards */
  #do(what: Busy, work: () => Promise<Screen>, sale?: Sale): void {
    this.#show({ at: 'busy', what, since: this.#options.clock.now() });
    this.#work = work().then(
      (screen) => {
        this.#show(screen, sale);
      },
      (error: unknown) => {
        if (error instanceof PowerCut) return; // it was switched off
        const { terminal } = this.#options.terminal;
        this.#options.log.warn({ error: messageOf(error), terminal }, 'the drawn device failed');
        this.#show({ at: 'done', how: 'no-line' });
      },
    );
  }
}

function cardOf(household: number, pin?: string): { pan: string; track2: string; pin: string | undefined } {
  return { pan: demoPan(household), track2: demoTrack2(household), pin };
}

function basketOf({ goods }: Sale, unit: MoneyUnit): Readonly<Record<number, Readonly<Record<string, string>>>> {
  return goods.length === 0 ? {} : { 48: { '01': writeBasket(goods.map(lineOf), unit) } };
}
