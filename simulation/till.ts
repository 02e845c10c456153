import type { Message } from '../src/codec/index.ts';
import { demoPan, demoTrack2, type DemoTerminal } from '../src/demo/programme.ts';
import { tehran, transmissionDateTime } from '../src/ops/clock.ts';
import { readAmounts, SimulatedTerminal, writeBasket, type Answer } from '../src/simulators/terminal/index.ts';
import type { Chance } from './chance.ts';
import { CODEC, DeviceLine } from './line.ts';
import type { Process } from './scheduler.ts';
import { PIN_FROM_RIALS, type World } from './world.ts';

/** What a till and its customer know of one sale. */
export interface Sale {
  readonly terminal: string;
  readonly merchant: string;
  readonly code: string;
  readonly household: number;
  readonly stan: string;
  readonly localTime: string;
  readonly localDate: string;
  readonly amountRials: bigint;
  readonly request: Message;
  rrn: string;
  voucherRials: bigint;
  /** What the customer keeps of it, in rials; undefined: still open. */
  keptRials: bigint | undefined;
  /** Nobody does anything with it any more. */
  closed: boolean;
}

/** An 0500 that claims nothing: answered 00 or 95. */
const TOTALS = { 74: '0000000000', 75: '0000000000', 76: '0000000000', 77: '0000000000', 97: 'D0000000000000000' };

const ERRANDS = {
  card: 26,
  cash: 12,
  basket: 8,
  ordinary: 6,
  inquiry: 9,
  quote: 10,
  leave: 4,
  return: 14,
  cancel: 6,
  correct: 6,
  repeat: 5,
  early: 4,
  race: 10,
  totals: 3,
  'wrong-pin': 3,
  'wrong-mac': 3,
  'other-content': 2,
  garbage: 1,
  keys: 3,
};
/** What is told where something does not work. */
const TROUBLED = new Set(['68', '91', '96']);

type Errand = keyof typeof ERRANDS;

interface Identity {
  readonly 7: string;
  readonly 11: string;
  readonly 12: string;
  readonly 13: string;
}

/** A till with its clerk: sells, gives back, asks again, reverses until it is heard. It never forgets what it must reverse. */
export class Till implements Process {
  readonly name: string;
  readonly alive = true;
  readonly #world: World;
  readonly #known: DemoTerminal;
  readonly #chance: Chance;
  readonly #line: DeviceLine;
  #device: SimulatedTerminal | undefined;
  #stan: number;
  #signedOn = false;

  constructor(world: World, known: DemoTerminal) {
    this.#world = world;
    this.#known = known;
    this.name = `till ${known.terminal}`;
    this.#chance = world.chance.stream(this.name);
    this.#line = new DeviceLine(world, this, known.terminal);
    this.#stan = Number(known.terminal.slice(-2)) * 1_000;
  }

  get terminal(): string {
    return this.#known.terminal;
  }

  /** So many errands, one after the other. */
  async serve(errands: number): Promise<void> {
    this.#device ??= await SimulatedTerminal.connect({
      ...this.#known,
      endpoint: this.#line,
      codec: CODEC,
      clock: this.#world.clock,
      timeoutMs: 60_000,
      firstStan: 900_000,
    });
    for (let i = 0; i < errands; i++) {
      if (!this.#signedOn) await this.#signOn();
      await this.#errand(this.#chance.weighted(ERRANDS));
      await this.#world.clock.sleep(this.#chance.between(0, 3_000));
    }
  }

  async #signOn(): Promise<void> {
    for (;;) {
      try {
        await this.#device?.signOn();
        this.#signedOn = true;
        return;
      } catch (error) {
        this.#world.note(`${this.name} cannot sign on: ${String(error)}`);
        await this.#world.clock.sleep(this.#chance.between(200, 3_000));
      }
    }
  }

  async #errand(errand: Errand): Promise<void> {
    switch (errand) {
      case 'card':
        await this.#buy('179800', {});
        return;
      case 'cash':
        await this.#buy('179898', {});
        return;
      case 'basket':
        await this.#basket();
        return;
      case 'ordinary':
        await this.#buy('000000', {});
        return;
      case 'inquiry':
        await this.#inquire();
        return;
      case 'quote':
      case 'leave':
        await this.#quote(errand === 'quote');
        return;
      case 'return':
        await this.#return();
        return;
      case 'cancel': {
        const sale = await this.#buy(this.#chance.pick(['179800', '179898']), {});
        if (sale?.keptRials !== undefined && sale.keptRials > 0n) await this.#reverse(sale, '17');
        return;
      }
      case 'correct': {
        const sale = await this.#buy(this.#chance.pick(['179800', '179898']), {});
        if (sale?.keptRials !== undefined && sale.keptRials > 2n) await this.#correct(sale);
        return;
      }
      case 'repeat':
        await this.#buy('179800', { repeats: true });
        return;
      case 'early':
        await this.#buy('179800', { reversedFirst: true });
        return;
      case 'race':
        await this.#buy('179800', { reversedMeanwhile: true });
        return;
      case 'totals':
        await this.#attempt((device) => device.send('0500', TOTALS));
        return;
      case 'wrong-pin':
        await this.#wrongPin();
        return;
      case 'wrong-mac':
        await this.#wrongMac();
        return;
      case 'other-content':
        await this.#otherContent();
        return;
      case 'garbage':
        await this.#line.blurt(this.#chance.port.bytes(this.#chance.between(1, 60)));
        await this.#world.clock.sleep(this.#chance.between(0, 2_000));
        this.#line.cut(); // what it sends next would be taken for the rest of it
        return;
      case 'keys':
        this.#signedOn = false;
    }
  }

  #identity(): Identity {
    const now = this.#world.clock.now();
    const local = tehran(now);
    this.#stan = (this.#stan % 899_999) + 1;
    return {
      7: transmissionDateTime(now),
      11: String(this.#stan).padStart(6, '0'),
      12: local.time,
      13: local.date,
    };
  }

  /** A few households share the day, so that they meet. */
  #household(): number {
    if (this.#chance.happens(0.05)) return 909; // credit in two buckets
    return this.#chance.happens(0.12)
      ? this.#chance.pick([901, 902, 903, 904, 905, 906, 906, 907, 908, 910])
      : this.#chance.between(1, this.#world.households);
  }

  #amount(): bigint {
    const most = this.#chance.pick([200_000, 3_000_000, 30_000_000]);
    return BigInt(this.#chance.between(1, most));
  }

  async #buy(
    code: string,
    how: {
      repeats?: boolean;
      reversedFirst?: boolean;
      reversedMeanwhile?: boolean;
      pin?: string;
      household?: number;
      amountRials?: bigint;
      tags?: Readonly<Record<string, string>>;
    },
  ): Promise<Sale | undefined> {
    const household = how.household ?? this.#household();
    const amountRials = how.amountRials ?? this.#amount();
    const identity = this.#identity();
    const card = { pan: demoPan(household), track2: demoTrack2(household), pin: how.pin ?? '1234' };
    const fields = { ...identity, ...(how.tags === undefined ? {} : { 48: how.tags }) };
    const device = this.#device;
    if (device === undefined) return undefined;
    const request = device.prepareFinancial(code, amountRials, card, fields);
    const sale: Sale = {
      terminal: this.#known.terminal,
      merchant: this.#known.merchant,
      code,
      household,
      stan: identity[11],
      localTime: identity[12],
      localDate: identity[13],
      amountRials,
      request,
      rrn: '',
      voucherRials: 0n,
      keptRials: undefined,
      closed: false,
    };
    this.#world.sold(sale);
    const span = this.#world.history.begin(household, { kind: 'buy', amountRials, partly: how.tags !== undefined });
    const doubtful = (): void => {
      if (code === '000000') span.nothing();
      else span.reversed();
    };
    if (how.reversedFirst === true) {
      await this.#reverse(sale, '68');
      const late = await this.#attempt((each) => each.exchange(this.#again(each, sale, '0200')));
      if (late?.rc === '00' || late?.rc === '10')
        this.#world.fault(`${this.name} ${sale.stan}: approved after its reversal`);
      doubtful();
      return sale;
    }
    const untroubled = this.#world.untroubled && household < 901; // the bank of the others declines, or says nothing
    const asked = this.#ask(sale, how.repeats === true || this.#chance.happens(0.6));
    if (how.reversedMeanwhile === true) {
      await this.#world.clock.sleep(this.#chance.between(0, this.#chance.pick([60, 400, 5_000])));
      const corrected = amountRials > 2n && this.#chance.happens(0.5) ? amountRials / 2n : undefined;
      await this.#reverse(sale, '17', corrected);
      const answer = await asked;
      doubtful();
      if (corrected !== undefined) {
        // Of a correction that comes first, or to what is declined, nothing is sold; who did not hear takes all back.
        this.#world.history.blur(household);
        if (answer?.rc === '00' || answer?.rc === '10') {
          this.#heard(sale, answer);
          sale.keptRials = corrected;
        } else if (answer === undefined || answer.rc === '68' || answer.rc === '96') await this.#reverse(sale, '68');
        else sale.keptRials = 0n;
      }
      return sale;
    }
    const answer = await asked;
    if (untroubled && this.#world.untroubled && answer !== undefined && TROUBLED.has(answer.rc))
      this.#world.fault(`${this.name} ${sale.stan} hears ${answer.rc}, and nothing is wrong with anything`);
    if (answer === undefined || answer.rc === '68' || answer.rc === '96') {
      await this.#reverse(sale, '68');
      doubtful();
      return sale;
    }
    this.#heard(sale, answer);
    const amounts = readAmounts(answer.message.get(54));
    const isApproved = sale.keptRials !== 0n;
    if (code === '000000') span.nothing();
    else if (isApproved) span.approved(sale.voucherRials, amounts.get('9802'));
    else span.declined(answer.rc);
    if (how.repeats === true || this.#chance.happens(0.05)) await this.#repeat(sale, answer);
    return sale;
  }

  #again(device: SimulatedTerminal, sale: Sale, mti: string): Message {
    return device.again(sale.request, mti);
  }

  /** The answer of the purchase; undefined: nobody waits for it any more. */
  async #ask(sale: Sale, insists: boolean): Promise<Answer | undefined> {
    for (let tries = 0; tries < 4; tries++) {
      const answer = await this.#attempt((device) =>
        device.exchange(this.#again(device, sale, tries === 0 ? '0200' : '0201')),
      );
      if (answer !== undefined && answer.rc !== '76' && answer.rc !== '63') return answer;
      if (answer !== undefined) await this.#signOn();
      else if (!insists) return undefined;
    }
    return undefined;
  }

  /** Takes what an answer says into what is known of the sale, and holds it against the contract. */
  #heard(sale: Sale, { rc, message }: Answer): void {
    const isApproved = rc === '00' || rc === '10';
    sale.rrn = message.get(37) ?? '';
    sale.keptRials = isApproved ? sale.amountRials : 0n;
    if (!isApproved || !sale.code.startsWith('17')) return;
    const lines = readAmounts(message.get(54));
    const [voucher, card, cash] = ['9841', '0041', '0004'].map((line) => lines.get(line) ?? 0n) as [
      bigint,
      bigint,
      bigint,
    ];
    sale.voucherRials = voucher;
    const name = `${this.name} ${sale.stan}`;
    if (voucher + card + cash !== sale.amountRials)
      this.#world.fault(`${name}: ${voucher} + ${card} + ${cash} is not ${sale.amountRials}`);
    if ((rc === '10') !== cash > 0n) this.#world.fault(`${name}: RC ${rc} with ${cash} due in cash`);
    if (sale.code === '179898' && card > 0n) this.#world.fault(`${name}: a card part where cash was asked`);
    if (sale.household === 906) this.#world.fault(`${name}: household ${sale.household} is approved`);
    if (sale.household === 905 && voucher > 0n) this.#world.fault(`${name}: credit of a household that has none`);
    if (sale.household >= 901 && sale.household <= 904 && card > 0n)
      this.#world.fault(`${name}: approved with the card of household ${sale.household}, whose bank never does`);
    if (!lines.has('9802')) this.#world.fault(`${name}: no credit left is said`);
    if (message.get(38) === undefined) this.#world.fault(`${name}: approved without DE 38`);
  }

  async #repeat(sale: Sale, first: Answer): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      const answer = await this.#attempt((device) => device.exchange(this.#again(device, sale, '0201')));
      if (answer === undefined || answer.rc === '96') continue;
      if (answer.rc === '63' || answer.rc === '76') {
        await this.#signOn();
        continue;
      }
      const [a, b] = [essence(first.message), essence(answer.message)];
      if (a !== b) this.#world.fault(`${this.name} ${sale.stan}: first ${a}, then ${b}`);
      return;
    }
  }

  /** Until it is heard: nothing else ends it. */
  async #reverse(sale: Sale, reason: '68' | '17', corrected?: bigint): Promise<void> {
    const identity = this.#identity();
    const extra = corrected === undefined ? {} : { 95: String(corrected).padStart(12, '0').padEnd(42, '0') };
    const isSettled = sale.keptRials !== undefined && sale.keptRials === sale.amountRials && sale.code.startsWith('17');
    const voucher = sale.voucherRials;
    if (sale.code.startsWith('27') || corrected !== undefined || (!isSettled && sale.keptRials !== undefined))
      this.#world.history.blur(sale.household); // what it gives back is not said
    const span = this.#world.history.begin(sale.household, { kind: 'back' });
    for (let tries = 0; ; tries++) {
      const answer = await this.#attempt((device) =>
        device.reverse(sale.request, reason, { ...identity, ...extra, ...(sale.rrn === '' ? {} : { 37: sale.rrn }) }),
      );
      if (answer?.rc === '00' || answer?.rc === '25') {
        sale.keptRials = corrected ?? 0n;
        if (isSettled) span.gave(corrected === undefined ? voucher : undefined);
        else span.nothing();
        return;
      }
      if (answer?.rc === '63' || answer?.rc === '76') await this.#signOn();
      else if (answer !== undefined && answer.rc !== '96')
        this.#world.fault(`${this.name}: the reversal of ${sale.stan} is answered ${answer.rc}`);
      if (tries > 200) {
        this.#world.fault(`${this.name}: the reversal of ${sale.stan} is never heard`);
        return;
      }
      await this.#world.clock.sleep(this.#chance.between(100, 2_000));
    }
  }

  async #correct(sale: Sale): Promise<void> {
    const corrected = BigInt(this.#chance.between(1, Number(sale.amountRials) - 1));
    await this.#reverse(sale, '17', corrected);
    if (this.#chance.happens(0.3)) await this.#reverse(sale, '17');
  }

  async #inquire(): Promise<void> {
    const household = this.#household();
    const card = { pan: demoPan(household), track2: demoTrack2(household), pin: undefined };
    const span = this.#world.history.begin(household, { kind: 'inquiry' });
    const answer = await this.#attempt((device) => device.financial('379800', 0n, card, { ...this.#identity() }));
    const left = answer === undefined ? undefined : readAmounts(answer.message.get(54)).get('9802');
    if (answer?.rc === '00') span.left(left ?? 0n);
    else span.nothing();
  }

  async #quote(buys: boolean): Promise<void> {
    const household = this.#household();
    const amountRials = this.#amount();
    const card = { pan: demoPan(household), track2: demoTrack2(household), pin: undefined };
    this.#world.history.blur(household); // a reservation ends by time, and yields: nobody sees when
    const fields = { ...this.#identity(), 48: { '15': '1' } };
    const answer = await this.#attempt((device) => device.financial('379800', amountRials, card, fields));
    const quoteRef = answer?.message.get('48.14');
    if (answer?.rc !== '00' || quoteRef === undefined) return;
    const asked = this.#world.clock.now();
    if (this.#chance.happens(0.1)) return; // walks away: it ends by time
    if (!buys) {
      const release = { ...this.#identity(), 48: { '14': quoteRef } };
      await this.#attempt((device) => device.financial('479800', 0n, card, release));
      return;
    }
    const other = this.#chance.happens(0.2);
    const late = !other && this.#chance.happens(0.3);
    if (late)
      await this.#world.clock.sleep(120_000 - (this.#world.clock.now() - asked) + this.#chance.between(0, 3_000));
    if (other || late) {
      const total = other ? amountRials + 1_000n : amountRials;
      const sale = await this.#buy('179800', { household, amountRials: total, tags: { '14': quoteRef } });
      if (sale?.keptRials !== undefined && sale.keptRials > 0n)
        this.#world.fault(
          `${this.name} ${sale.stan}: bought by a quote ${other ? 'of another total' : 'after its end'}`,
        );
      return;
    }
    const promised = readAmounts(answer.message.get(54)).get('9841') ?? 0n;
    const sale = await this.#buy('179800', { household, amountRials, tags: { '14': quoteRef } });
    if (sale?.keptRials !== undefined && sale.keptRials > 0n && sale.voucherRials !== promised)
      this.#world.fault(
        `${this.name} ${sale.stan}: quoted ${promised} of the voucher, bought with ${sale.voucherRials}`,
      );
    if (sale?.keptRials !== undefined && sale.keptRials > 0n && this.#chance.happens(0.3))
      await this.#buy('179800', { household, amountRials, tags: { '14': quoteRef } }).then((again) => {
        if (again?.keptRials !== undefined && again.keptRials > 0n)
          this.#world.fault(`${this.name}: the quote ${quoteRef} was taken twice`);
      });
  }

  async #basket(): Promise<void> {
    const items = Array.from({ length: this.#chance.between(1, 4) }, () => ({
      goods: String(this.#chance.between(1, 13)).padStart(13, '0'),
      unit: '00' as const,
      quantity: this.#chance.between(1, 5),
      amountRials: BigInt(this.#chance.between(1, 900_000)),
    }));
    const amountRials = items.reduce((sum, item) => sum + item.amountRials, 0n);
    const household = this.#household();
    await this.#buy(this.#chance.pick(['179800', '179898']), {
      household,
      amountRials,
      tags: { '01': writeBasket(items) },
    });
  }

  /** Brings something of an earlier sale back; of a day or of weeks ago. */
  async #return(): Promise<void> {
    const elsewhere = this.#chance.happens(0.2);
    const sale = this.#world.saleToReturn(this.#known.merchant, elsewhere, this.#chance);
    if (sale?.keptRials === undefined) return;
    const kept = Number(sale.keptRials);
    const tooMuch = this.#chance.happens(0.1);
    const amountRials = BigInt(tooMuch ? kept + 1 : this.#chance.happens(0.4) ? kept : this.#chance.between(1, kept));
    const card = { pan: demoPan(sale.household), track2: demoTrack2(sale.household), pin: '1234' };
    const identity = this.#identity();
    const fields = { ...identity, 48: { '10': sale.rrn } };
    const device = this.#device;
    if (device === undefined) return;
    this.#world.history.blur(sale.household); // the voucher part of a return is not said
    sale.closed = true; // one after the other
    const request = device.prepareFinancial('279800', amountRials, card, fields);
    const back: Sale = {
      ...sale,
      terminal: this.#known.terminal,
      code: '279800',
      stan: identity[11],
      localTime: identity[12],
      localDate: identity[13],
      amountRials,
      request,
      keptRials: undefined,
      rrn: '',
      closed: true,
    };
    const answer = await this.#ask(back, this.#chance.happens(0.7));
    if (answer === undefined || answer.rc === '68' || answer.rc === '96') {
      await this.#reverse(back, '68');
    } else if (answer.rc === '00') {
      if (elsewhere || tooMuch)
        this.#world.fault(
          `${this.name} ${identity[11]}: ${tooMuch ? 'more than was bought' : 'goods of another shop'} are taken back`,
        );
      if (this.#chance.happens(0.25)) await this.#reverse(back, '17');
      else sale.keptRials -= amountRials;
    }
    sale.closed = sale.keptRials === 0n;
    this.#world.touched(sale);
  }

  async #wrongPin(): Promise<void> {
    const sale = await this.#buy('179800', { pin: '4321' });
    if (sale?.keptRials === undefined || sale.keptRials === 0n) return;
    if (!this.#world.pinless || sale.amountRials >= PIN_FROM_RIALS)
      this.#world.fault(`${this.name} ${sale.stan}: approved under a wrong PIN`);
  }

  async #wrongMac(): Promise<void> {
    const device = this.#device;
    if (device === undefined) return;
    const household = this.#household();
    const card = { pan: demoPan(household), track2: demoTrack2(household), pin: '1234' };
    const bytes = Buffer.from(device.prepareFinancial('179898', 1_000n, card, { ...this.#identity() }).encode());
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    const answer = await this.#line.send(bytes);
    const rc = answer === undefined ? undefined : CODEC.decode(answer).get(39);
    if (rc === '00' || rc === '10') this.#world.fault(`${this.name}: approved under a wrong MAC`);
  }

  async #otherContent(): Promise<void> {
    const sale = await this.#buy('179898', {});
    if (sale === undefined) return;
    const answer = await this.#attempt((device) =>
      device.exchange(device.again(sale.request, '0200', { 4: String(sale.amountRials + 1n).padStart(12, '0') })),
    );
    if (answer !== undefined && !['94', '12', '96', '63', '76'].includes(answer.rc))
      this.#world.fault(`${this.name} ${sale.stan}: other content under the same STAN is answered ${answer.rc}`);
  }

  /** @returns undefined when nothing was heard */
  async #attempt(work: (device: SimulatedTerminal) => Promise<Answer>): Promise<Answer | undefined> {
    if (this.#device === undefined) return undefined;
    try {
      const answer = await work(this.#device);
      if (answer.macGood === false) {
        this.#signedOn = false;
        await this.#signOn(); // under keys that were replaced meanwhile: not to be believed
        return undefined;
      }
      if (answer.rc === '96' || answer.rc === '76' || answer.rc === '63')
        this.#world.note(`${this.name} hears ${answer.rc}`);
      return answer;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'terminal.silence') throw error;
      if (this.#world.untroubled) this.#world.fault(`${this.name} is not answered, and nothing is wrong with anything`);
      return undefined;
    }
  }
}

/** Everything of an answer that a repeat must show again. */
function essence(message: Message): string {
  const fields = message.fields().filter((de) => ![7, 64, 128].includes(de));
  return JSON.stringify(fields.map((de) => [de, message.get(de)]));
}
