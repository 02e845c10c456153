import type { FieldInput, Message } from '../../../codec/index.ts';
import { RIAL, type MoneyUnit } from '../../../field/money-unit.ts';
import { systemClock, type Clock } from '../../../ops/clock.ts';
import { GatewayError, messageOf } from '../../../ops/errors.ts';
import type { Speaker } from '../../../profiles/index.ts';
import { encodeChunkRequest, encodeReport, readChunk } from '../../../updates/format/index.ts';
import { SimulatedTerminal, type Answer, type SimulatedCard, type TerminalOptions } from '../terminal.ts';
import { PowerCut, type CutPoint, type TillFault } from './power.ts';
import { RIALS, unitAt } from '../units.ts';
import { counted, NO_TOTALS, type Kept, type Queued, type TillRecord, type TillStore } from './record.ts';

export interface TillOptions {
  /** All but the counter of STANs and the clock, which are the till's. */
  readonly terminal: Omit<TerminalOptions, 'firstStan' | 'clock' | 'redial' | 'speaker'>;
  /** What it speaks (default: the contract); made when it is switched on, since what it remembers goes with the power. */
  readonly speaker?: () => Speaker;
  readonly store: TillStore;
  readonly clock?: Clock;
  /** What it shows and prints; called before the call that made it returns. */
  readonly output: (output: TillOutput) => void;
  /** The slip of an approved transaction. */
  readonly slip: (answer: Answer) => string;
  /** Approved purchases are confirmed by 0220. */
  readonly confirms?: boolean;
  readonly faults?: ReadonlySet<TillFault>;
}

/** `screen`: shown to the clerk · `slip`: on paper · `copy`: the same slip once more, marked as a copy */
export interface TillOutput {
  readonly kind: 'screen' | 'slip' | 'copy';
  readonly text: string;
  readonly approved: boolean;
}

/** How a transaction ended, as the clerk sees it. */
export type TillEnd =
  | { readonly kind: 'approved' | 'declined'; readonly answer: Answer }
  /** No answer that can be believed: a purchase is being reversed. */
  | { readonly kind: 'no-answer' }
  /** Not begun: an earlier reversal has no answer yet, or there are no keys. */
  | { readonly kind: 'not-ready'; readonly why: string };

type Fields = Readonly<Record<number, FieldInput | undefined>>;

const SIGN_ON_TRIES = 3;
const RETRY_MS = 5_000;
/** A queued message is sent so often in a row; then again before the next transaction. */
const QUEUE_TRIES = 4;
const CUT_AFTER_MS = 1_000;
/** More than that, and the clock is set by what a MACed answer says. */
const CLOCK_SLACK_MS = 60_000;
/** DE 3 of what moves money, and so is reversed when no answer comes. */
const MONEY: ReadonlySet<string> = new Set(['179800', '179898', '000000', '279800']);
const ORIGINAL = [3, 4, 7, 11, 12, 13, 41, 42, 49] as const;

/** A payment device as its clerk has it: what is not finished is kept through a power cut, reversed, or printed again; no transaction
 *  begins while a reversal has no answer. After a power cut a new till is made on the same store. */
export class Till {
  readonly #options: TillOptions;
  readonly #clock: Clock;
  #terminal: SimulatedTerminal | undefined;
  #signedOn = false;
  #cutAt: CutPoint | undefined;
  #dead = false;

  constructor(options: TillOptions) {
    this.#options = options;
    const clock = options.clock ?? systemClock;
    this.#clock = { ...clock, now: () => clock.now() + this.#record.clockOffMs };
  }

  /** The power goes at this point of what is done next. */
  cutPowerAt(point: CutPoint): void {
    this.#cutAt = point;
  }

  /** The power goes now. */
  cutPower(): void {
    this.#dead = true;
    this.#terminal?.cut();
  }

  /** Signs on, takes keys, finishes what was left open. @returns whether it may trade */
  async start(): Promise<boolean> {
    this.#options.output({ kind: 'screen', text: 'در حال اتصال', approved: false });
    if (!(await this.#signOn())) return false;
    await this.#finishOpen();
    return this.#emptyQueue();
  }

  /** In which it says amounts today. */
  get unit(): MoneyUnit {
    return unitAt(this.#options.terminal.units ?? RIALS, this.#clock.now());
  }

  async network(code: '002' | '101' | '301'): Promise<TillEnd> {
    if (code === '101') return (await this.#signOn()) ? this.#ready() : this.#notReady('no keys');
    const answer = await this.#ask(() => this.#device().prepare('0800', { 70: code }));
    if (code === '002') this.#signedOn = false;
    return answer === undefined ? { kind: 'no-answer' } : this.#ended(answer);
  }

  /** Any financial transaction with a card. */
  async sell(code: string, rials: bigint, card: SimulatedCard, fields: Fields = {}): Promise<TillEnd> {
    const hindrance = await this.#hindrance();
    if (hindrance !== undefined) return hindrance;
    const device = this.#device();
    if (!device.buysInTwoSteps(code, fields)) return this.#transact(device.prepareFinancial(code, rials, card, fields));
    const quoted = await this.#ask(() => device.prepareQuote(rials, card, fields));
    const quoteRef = quoted?.message.get('48.14');
    if (quoted === undefined) return this.#noAnswer();
    if (quoted.rc !== '00' || quoteRef === undefined) return this.#declined(quoted);
    const tags = typeof fields[48] === 'object' ? fields[48] : {};
    return this.#transact(device.prepareFinancial(code, rials, card, { ...fields, 48: { ...tags, '14': quoteRef } }));
  }

  /** Takes the last approved purchase back (DE 39 17). */
  async takeBack(): Promise<TillEnd> {
    const { last } = this.#record;
    if (last === undefined) return { kind: 'not-ready', why: 'there is no purchase to take back' };
    const hindrance = await this.#hindrance();
    if (hindrance !== undefined) return hindrance;
    this.#queueReversal(last, '17', 'purchase');
    this.#save({ last: undefined });
    return (await this.#emptyQueue()) ? this.#ready() : { kind: 'no-answer' };
  }

  /** 0500 with what it counted since the last agreement. */
  async totals(): Promise<TillEnd> {
    const hindrance = await this.#hindrance();
    if (hindrance !== undefined) return hindrance;
    const request = this.#prepared(() => this.#device().prepare('0500', this.#claims()));
    let answer = await this.#ask(() => request, 'totalling');
    for (let tries = 1; answer === undefined && tries < QUEUE_TRIES; tries++) {
      await this.#clock.sleep(RETRY_MS);
      answer = await this.#ask(() => this.#device().again(request, '0501'), 'totalling');
    }
    if (answer === undefined) return { kind: 'no-answer' };
    if (answer.rc === '00') this.#save({ totals: NO_TOTALS });
    const { rc } = answer;
    this.#options.output({ kind: 'slip', text: totalsSlip(rc, answer.message), approved: rc === '00' });
    return this.#ended(answer, false);
  }

  /** Fetches a file of updates piece by piece (0800 901), on from where it was. @returns the file */
  async fetch(file: string): Promise<Buffer | undefined> {
    if (!this.#signedOn && !(await this.#signOn())) return undefined;
    let faults = 0;
    for (;;) {
      const { fetched } = this.#record;
      const have = fetched?.file === file ? fetched : { file, hex: '', total: undefined };
      if (have.total !== undefined && have.hex.length >= 2 * have.total) {
        this.#save({ fetched: undefined });
        return Buffer.from(have.hex, 'hex');
      }
      const wanted = encodeChunkRequest({ file, offset: have.hex.length / 2 });
      const answer = await this.#ask(() => this.#device().prepare('0800', { 70: '901', 48: { '35': wanted } }));
      const piece = answer?.rc === '00' ? pieceOf(answer.message.get('48.36')) : undefined;
      if (piece === undefined || piece.offset !== have.hex.length / 2) {
        if (++faults > QUEUE_TRIES) return undefined;
        await this.#clock.sleep(RETRY_MS);
        continue;
      }
      this.#save({ fetched: { file, hex: have.hex + piece.data.toString('hex'), total: piece.total } });
      await this.#point('fetching');
    }
  }

  /** Tells what runs (0800 902). */
  async reportVersions(serial: string): Promise<TillEnd> {
    if (!this.#signedOn && !(await this.#signOn())) return this.#notReady('not signed on');
    const counter = this.#record.reports + 1;
    this.#save({ reports: counter });
    const report = encodeReport({
      serial,
      counter,
      components: {},
      timestampVersion: 1,
      clock: new Date(this.#clock.now()).toISOString(),
      freeBytes: 1_000_000,
      queuedReversals: this.#record.queued === undefined ? 0 : 1,
    });
    const answer = await this.#ask(() => this.#device().prepare('0800', { 70: '902', 48: { '37': report } }));
    return answer === undefined ? { kind: 'no-answer' } : this.#ended(answer);
  }

  get #record(): TillRecord {
    return this.#options.store.read();
  }

  #save(change: Partial<TillRecord>): void {
    this.#options.store.write({ ...this.#record, ...change });
  }

  #has(fault: TillFault): boolean {
    return this.#options.faults?.has(fault) === true;
  }

  #ready(): TillEnd {
    return { kind: 'not-ready', why: '' };
  }

  #notReady(why: string): TillEnd {
    this.#options.output({ kind: 'screen', text: 'آماده نیست', approved: false });
    return { kind: 'not-ready', why };
  }

  async #hindrance(): Promise<TillEnd | undefined> {
    if (this.#has('reuses-stan') && this.#terminal !== undefined) this.#save({ stan: this.#terminal.nextStan });
    if (!this.#signedOn && !(await this.#signOn())) return this.#notReady('not signed on');
    return (await this.#emptyQueue()) ? undefined : this.#notReady('an earlier transaction is being reversed');
  }

  #device(): SimulatedTerminal {
    if (this.#terminal === undefined) throw new GatewayError('terminal.connect', 'the till is not connected');
    return this.#terminal;
  }

  /** Makes a message; the STAN that it used is kept before it leaves. */
  #prepared(make: () => Message): Message {
    const message = make();
    this.#keepStan();
    return message;
  }

  async #signOn(): Promise<boolean> {
    this.#signedOn = false;
    for (let tries = 0; tries < SIGN_ON_TRIES; tries++) {
      if (tries > 0) await this.#clock.sleep(RETRY_MS);
      try {
        await this.#signOnOnce();
        this.#signedOn = true;
        return true;
      } catch (error) {
        if (error instanceof PowerCut) throw error;
        this.#options.output({ kind: 'screen', text: `ورود انجام نشد: ${messageOf(error)}`, approved: false });
      }
    }
    return false;
  }

  async #signOnOnce(): Promise<void> {
    this.#terminal ??= await SimulatedTerminal.connect({
      ...this.#options.terminal,
      speaker: this.#options.speaker?.(),
      clock: this.#clock,
      firstStan: this.#record.stan,
      redial: true,
    });
    const device = this.#terminal;
    const [signOnAt, keysAt] = [this.#takes('signing-on'), this.#takes('keying')];
    const cutBy = signOnAt || keysAt ? this.#cutInTime(keysAt ? 2 : 1) : undefined;
    try {
      await (cutBy === undefined ? device.signOn() : Promise.race([device.signOn(), cutBy]));
    } finally {
      this.#keepStan();
    }
    await this.#setClock();
  }

  /** The power goes while the first or second message of a sign-on waits for its answer, which the other end holds back. */
  async #cutInTime(messages: 1 | 2): Promise<never> {
    await this.#clock.sleep(messages * CUT_AFTER_MS);
    this.#keepStan();
    this.cutPower();
    throw new PowerCut();
  }

  #keepStan(): void {
    if (!this.#dead && this.#terminal !== undefined && !this.#has('reuses-stan'))
      this.#save({ stan: this.#terminal.nextStan });
  }

  /** An echo under the new keys says what time it is. */
  async #setClock(): Promise<void> {
    const answer = await this.#ask(() => this.#device().prepare('0800', { 70: '301' }));
    if (answer === undefined || answer.macGood !== true) return;
    const away = awayMs(answer.message.get(7), this.#clock.now());
    if (away !== undefined && Math.abs(away) > CLOCK_SLACK_MS)
      this.#save({ clockOffMs: this.#record.clockOffMs + away });
  }

  #takes(point: CutPoint): boolean {
    if (this.#cutAt !== point) return false;
    this.#cutAt = undefined;
    return true;
  }

  #demandPower(): void {
    if (this.#dead) throw new PowerCut();
  }

  async #point(point: CutPoint): Promise<void> {
    this.#demandPower();
    if (!this.#takes(point)) return;
    this.cutPower();
    await Promise.resolve();
    throw new PowerCut();
  }

  /** Sends and waits. @returns undefined: no answer that can be believed */
  async #ask(make: () => Message, cutPoint?: CutPoint): Promise<Answer | undefined> {
    this.#demandPower();
    let request: Message;
    const asked = async (): Promise<Answer | undefined> => {
      try {
        request = this.#prepared(make);
        return await this.#device().exchange(request);
      } catch (error) {
        if (error instanceof PowerCut) throw error;
        return undefined;
      }
    };
    const answering = asked();
    if (cutPoint !== undefined && this.#takes(cutPoint)) {
      await this.#clock.sleep(CUT_AFTER_MS);
      this.cutPower();
      throw new PowerCut();
    }
    const answer = await answering;
    this.#demandPower();
    return answer !== undefined && this.#believes(answer) ? answer : undefined;
  }

  #believes({ macGood, rc, ...answer }: Answer): boolean {
    const { said: request = answer.request, heard: message = answer.message } = answer;
    const mac = macGood === true || this.#has('accepts-wrong-mac') || (macGood === undefined && rc === '76');
    const mti =
      message.mti.slice(0, 2) === request.mti.slice(0, 2) && message.mti[2] === String(Number(request.mti[2]) + 1);
    const same = [3, 4, 41].every((de) => !request.has(de) || !message.has(de) || message.get(de) === request.get(de));
    return mac && mti && same;
  }

  async #transact(request: Message): Promise<TillEnd> {
    const kept = { ...keptOf(request), told: this.#device().recall(request) };
    const money = MONEY.has(request.get(3) ?? '');
    this.#keepStan();
    if (money) this.#save({ open: { request: kept, phase: 'sent', slip: '' } });
    await this.#point('before-send');
    if (this.#has('prints-early')) this.#options.output({ kind: 'slip', text: 'تراکنش موفق', approved: true });
    const answer = await this.#ask(() => request, 'awaiting');
    if (answer === undefined) return money ? this.#unanswered(kept, request) : this.#noAnswer();
    await this.#point('answered');
    if (answer.rc !== '00' && answer.rc !== '10') {
      this.#save({ open: undefined });
      return this.#declined(answer);
    }
    return this.#approved(answer, kept);
  }

  async #approved(answer: Answer, request: Kept): Promise<TillEnd> {
    const code = request.fields['3'] ?? '';
    const kept = { ...request, rrn: answer.message.get(37) };
    const slip = this.#options.slip(answer);
    const rials = this.#rialsOf(request.fields);
    const { totals } = this.#record;
    if (MONEY.has(code)) {
      this.#save({
        open: { request: kept, phase: 'approved', slip },
        totals: counted(totals, code === '279800' ? 'returns' : 'purchases', rials),
        last: code === '279800' ? undefined : kept,
      });
    }
    const quoteRef = answer.message.get('48.14');
    if (quoteRef !== undefined) this.#save({ quoteRef });
    await this.#point('printing');
    this.#options.output({ kind: 'slip', text: slip, approved: true });
    this.#save({ open: undefined });
    if (this.#options.confirms === true && MONEY.has(code) && code !== '279800') {
      this.#queue({ mti: '0220', fields: adviceFields(kept), told: kept.told, sent: false, takesBack: undefined });
      await this.#emptyQueue();
    }
    return { kind: 'approved', answer };
  }

  async #declined(answer: Answer): Promise<TillEnd> {
    const { rc, message } = answer;
    this.#options.output({
      kind: 'screen',
      text: `تراکنش ناموفق ${rc} ${message.get('48.13') ?? ''}`.trim(),
      approved: false,
    });
    if (rc === '76' || rc === '63') await this.#signOn();
    return { kind: 'declined', answer };
  }

  #ended(answer: Answer, show = true): TillEnd {
    const approved = answer.rc === '00';
    if (show) this.#options.output({ kind: 'screen', text: approved ? 'انجام شد' : `ناموفق ${answer.rc}`, approved });
    return { kind: approved ? 'approved' : 'declined', answer };
  }

  #noAnswer(): TillEnd {
    this.#options.output({ kind: 'screen', text: 'پاسخی نرسید', approved: false });
    return { kind: 'no-answer' };
  }

  async #unanswered(kept: Kept, request: Message): Promise<TillEnd> {
    if (this.#has('resends-as-new')) {
      this.#save({ open: undefined });
      const fields: Record<number, FieldInput | undefined> = {};
      for (const de of request.fields()) if (![7, 11, 12, 13, 41, 42, 64].includes(de)) fields[de] = request.get(de);
      await this.#ask(() => this.#device().prepare('0200', fields));
      return this.#noAnswer();
    }
    this.#queueReversal(kept, '68', undefined);
    this.#save({ open: undefined });
    const end = this.#noAnswer();
    await this.#emptyQueue();
    return end;
  }

  #queueReversal(original: Kept, reason: '17' | '22' | '68', takesBack: Queued['takesBack']): void {
    const { fields } = original;
    const named = (original.mti + (fields['11'] ?? '') + (fields['7'] ?? '')).padEnd(42, '0');
    const rrn = original.rrn === undefined ? {} : { 37: original.rrn };
    const own = {
      3: fields['3'] ?? '',
      4: fields['4'] ?? '',
      25: '00',
      ...rrn,
      39: reason,
      49: fields['49'] ?? RIAL.numeric,
      90: named,
    };
    this.#queue({ mti: '0400', fields: own, told: original.told, sent: false, takesBack });
  }

  #queue(queued: Queued): void {
    this.#save({ queued });
  }

  /** What the power cut left open: never heard of, so reversed; approved, so printed again. */
  async #finishOpen(): Promise<void> {
    const { open, queued } = this.#record;
    if (open === undefined) return;
    if (open.phase === 'approved') this.#options.output({ kind: 'copy', text: `رونوشت\n${open.slip}`, approved: true });
    else if (queued === undefined) this.#queueReversal(open.request, '22', undefined);
    this.#save({ open: undefined });
    await Promise.resolve();
  }

  /** Sends what is queued until it has a final answer. @returns whether the queue is empty */
  async #emptyQueue(): Promise<boolean> {
    for (let tries = 0; tries < QUEUE_TRIES; tries++) {
      const { queued } = this.#record;
      if (queued === undefined) return true;
      if (tries > 0) await this.#clock.sleep(RETRY_MS);
      const answer = await this.#sendQueued(queued);
      if (answer !== undefined && this.#device().isFinal(answer)) {
        this.#taken(queued);
        return true;
      }
      if (answer?.rc === '76' || answer?.rc === '63') await this.#signOn();
      if (this.#has('forgets-reversal')) this.#save({ queued: undefined });
    }
    return this.#record.queued === undefined;
  }

  async #sendQueued(queued: Queued): Promise<Answer | undefined> {
    const point = queued.mti === '0220' ? 'confirming' : 'reversing';
    this.#device().remind(queued.fields['90']?.slice(4, 10) ?? '', queued.told);
    if (queued.sent) {
      const { codec } = this.#options.terminal;
      const first = codec.decode(codec.encode({ mti: queued.mti, fields: queued.fields }));
      return this.#ask(() => this.#device().again(first, queued.mti.slice(0, 3) + '1'), point);
    }
    const made = this.#prepared(() => this.#device().prepare(queued.mti, queued.fields));
    const fields = Object.fromEntries(
      made
        .fields()
        .filter((de) => de !== 64 && de !== 128)
        .map((de) => [String(de), made.get(de) ?? '']),
    );
    this.#save({ queued: { ...queued, fields, sent: true } });
    return this.#ask(() => made, point);
  }

  #taken({ mti, takesBack, fields }: Queued): void {
    const { totals } = this.#record;
    const rials = this.#rialsOf(fields);
    const what = takesBack === 'return' ? 'returnReversals' : 'reversals';
    this.#save({
      queued: undefined,
      ...(takesBack === undefined || this.#has('miscounts') ? {} : { totals: counted(totals, what, rials) }),
    });
    if (mti === '0400') this.#options.output({ kind: 'screen', text: 'تراکنش برگشت خورد', approved: false });
  }

  /** DE 4 of what was sent, in rials. */
  #rialsOf(fields: Readonly<Record<string, string>>): bigint {
    const units = this.#options.terminal.units ?? RIALS;
    const { stepRials } = units.ofCode(fields['49'] ?? '') ?? this.unit;
    return BigInt(fields['4'] ?? '0') * stepRials;
  }

  /** DE 74-77, 86-89, 97 of an 0500: in steps of today's unit, rounded down, as the gateway counts. */
  #claims(): Fields {
    const { returns, returnReversals, purchases, reversals } = this.#record.totals;
    const all = [returns, returnReversals, purchases, reversals];
    const { stepRials } = this.unit;
    const [back = 0n, notBack = 0n, sold = 0n, undone = 0n] = all.map(({ rials }) => BigInt(rials) / stepRials);
    const net = back + undone - sold - notBack;
    const counts = all.map(({ count }, at) => [74 + at, String(count).padStart(10, '0')]);
    const amounts = [back, notBack, sold, undone].map((steps, at) => [86 + at, String(steps).padStart(16, '0')]);
    const sign = net < 0n ? 'D' : 'C';
    return {
      ...(Object.fromEntries([...counts, ...amounts]) as Fields),
      97: sign + String(net < 0n ? -net : net).padStart(16, '0'),
    };
  }
}

function keptOf(request: Message): Kept {
  const fields = Object.fromEntries(ORIGINAL.map((de) => [String(de), request.get(de) ?? '']));
  return { mti: request.mti, fields, rrn: undefined };
}

function adviceFields({ mti, fields, rrn }: Kept): Readonly<Record<string, string>> {
  const named = (mti + (fields['11'] ?? '') + (fields['7'] ?? '')).padEnd(42, '0');
  return {
    3: fields['3'] ?? '',
    4: fields['4'] ?? '',
    25: '00',
    ...(rrn === undefined ? {} : { 37: rrn }),
    49: fields['49'] ?? RIAL.numeric,
    90: named,
  };
}

function pieceOf(tag: string | undefined): ReturnType<typeof readChunk> | undefined {
  try {
    return tag === undefined ? undefined : readChunk(tag);
  } catch {
    return undefined; // asked for again
  }
}

function totalsSlip(rc: string, message: Message): string {
  return [rc === '00' ? 'جمع‌ها برابرند' : `جمع‌ها برابر نیستند (${rc})`, message.get('48.40') ?? ''].join('\n');
}

/** How far DE 7 (MMDDhhmmss, UTC) is from a clock. */
function awayMs(transmission: string | undefined, now: number): number | undefined {
  const parts = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/
    .exec(transmission ?? '')
    ?.slice(1)
    .map(Number);
  if (parts === undefined) return undefined;
  const [month = 1, day = 1, hour, minute, second] = parts;
  const year = new Date(now).getUTCFullYear();
  const all = [year - 1, year, year + 1].map((each) => Date.UTC(each, month - 1, day, hour, minute, second) - now);
  return all.reduce((best, each) => (Math.abs(each) < Math.abs(best) ? each : best));
}
