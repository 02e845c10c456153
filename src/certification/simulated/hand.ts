import { formatBasket } from '../../profiles/index.ts';
import { toJalali } from '../../field/jalali.ts';
import { latinDigits } from '../../field/persian.ts';
import { tehran, type Clock } from '../../ops/clock.ts';
import {
  Till,
  PowerCut,
  type SimulatedCard,
  type TillEnd,
  type TillOptions,
  type TillOutput,
} from '../../simulators/terminal/index.ts';
import type { Ask, Case, CutPoint, Deed } from '../case.ts';
import type { Hand } from '../hand.ts';

/** A program in a person's place: works on a simulated till, and looks at what it shows and prints. */

/** A person takes a moment before each thing. */
const MOMENT_MS = 3_000;
const DAY_MS = 86_400_000;

export interface SimulatedHandOptions {
  readonly till: Omit<TillOptions, 'output'>;
  readonly card: SimulatedCard;
  readonly clock: Clock;
  readonly updateFile: string;
}

export class SimulatedHand implements Hand {
  readonly #options: SimulatedHandOptions;
  #till: Till | undefined;
  #shown: TillOutput[] = [];
  #end: TillEnd | undefined;

  constructor(options: SimulatedHandOptions) {
    this.#options = options;
  }

  async begin(one: Case): Promise<void> {
    if (this.#till === undefined && one.steps[0]?.deed.do !== 'start') await this.#start();
  }

  async perform(deed: Deed): Promise<void> {
    await this.#options.clock.sleep(MOMENT_MS);
    this.#shown = [];
    try {
      this.#end = await this.#do(deed);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.#till = undefined;
      this.#end = undefined;
    }
  }

  answer(ask: Ask): Promise<boolean> {
    return Promise.resolve(this.#sees(ask));
  }

  off(): void {
    this.#till?.cutPower();
    this.#till = undefined;
  }

  async #start(cut?: CutPoint): Promise<void> {
    this.#till = new Till({
      ...this.#options.till,
      output: (output) => {
        this.#shown.push(output);
      },
    });
    if (cut !== undefined) this.#till.cutPowerAt(cut);
    await this.#till.start();
  }

  async #do(deed: Deed): Promise<TillEnd | undefined> {
    const { store } = this.#options.till;
    if (deed.do === 'start') {
      await this.#start();
      return undefined;
    }
    if (deed.do === 'restart') {
      this.off();
      await this.#start(deed.cut);
      return undefined;
    }
    if (deed.do === 'cut-power') {
      this.off();
      return undefined;
    }
    if (deed.do === 'set-stan') {
      this.off();
      store.write({ ...store.read(), stan: deed.stan });
      return undefined;
    }
    if (deed.do === 'set-clock') {
      store.write({ ...store.read(), clockOffMs: store.read().clockOffMs + deed.days * DAY_MS });
      return undefined;
    }
    if (this.#till === undefined) await this.#start();
    const till = this.#till;
    if (till === undefined) return undefined;
    if ('cut' in deed) till.cutPowerAt(deed.cut);
    return this.#work(till, deed);
  }

  async #work(till: Till, deed: Deed): Promise<TillEnd | undefined> {
    const { card, updateFile, till: options } = this.#options;
    const noPin = { ...card, pin: undefined };
    const { quoteRef = '', last } = options.store.read();
    switch (deed.do) {
      case 'buy': {
        const tags = {
          ...(deed.basket === undefined ? {} : { '01': formatBasket(deed.basket) }),
          ...(deed.quoted === true ? { '14': quoteRef } : {}),
        };
        return till.sell(deed.code, deed.rials, card, { 48: tags });
      }
      case 'inquire':
        return till.sell('379800', 0n, noPin);
      case 'quote':
        return till.sell('379800', deed.rials, noPin, deed.reserve ? { 48: { '15': '1' } } : {});
      case 'release':
        return till.sell('479800', 0n, noPin, { 48: { '14': quoteRef } });
      case 'balance':
        return till.sell('310000', 0n, card);
      case 'give-back':
        return till.sell('279800', deed.rials, card, { 48: { '10': last?.rrn ?? '' } });
      case 'take-back':
        return till.takeBack();
      case 'totals':
        return till.totals();
      case 'echo':
        return till.network('301');
      case 'keys':
        return till.network('101');
      case 'sign-off':
        return till.network('002');
      case 'update':
        await till.fetch(updateFile);
        return undefined;
      case 'report':
        return till.reportVersions('SIMULATED1');
      default:
        return undefined;
    }
  }

  #sees({ question, about }: Ask): boolean {
    const slips = this.#shown.filter(({ kind }) => kind !== 'screen');
    const paper = latinDigits(slips.map(({ text }) => text).join('\n')).replace(/[\u2066-\u2069]/g, '');
    const all = this.#shown.map(({ text }) => text).join('\n');
    const answer = this.#end !== undefined && 'answer' in this.#end ? this.#end.answer.message : undefined;
    switch (question) {
      case 'success':
      case 'early':
        return this.#shown.some(({ approved }) => approved);
      case 'slip':
        return slips.some(({ kind, approved }) => kind === 'slip' && approved);
      case 'copy':
        return slips.some(({ kind }) => kind === 'copy');
      case 'amount':
        return new RegExp(`(?<!\\d)${String(about)}(?!\\d)`).test(paper.replace(/(?<=\d)[,٬](?=\d)/g, ''));
      case 'text':
        return alike(all).includes(alike(String(about)));
      case 'digits':
        return paper.includes((about === 'stan' ? answer?.get(11) : this.#options.till.terminal.terminal) ?? '\0');
      case 'reference':
        return paper.includes(answer?.get(37) ?? '\0');
      case 'masked':
        return !paper.includes(this.#options.card.pan) && paper.includes(this.#options.card.pan.slice(-4));
      case 'jalali':
        return paper.includes(toJalali(tehran(this.#options.clock.now()).isoDate).replaceAll('-', '/'));
    }
  }
}

/** What looks the same to a person: some code pages have one letter for two. */
function alike(text: string): string {
  return text
    .replace(/\u200c/g, '')
    .replace(/؛/g, ';')
    .replace(/ي/g, 'ی')
    .replace(/ك/g, 'ک');
}
