import { compile, type Codec, type Message, type MessageInput } from '../../codec/index.ts';
import { tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { Answer, AnswerLine } from '../answer.ts';
import type { BasketLine } from '../basket.ts';
import { compileRequests, groundOf, type Route, type Routes } from '../compile/requests.ts';
import { flattened } from '../language/layouts.ts';
import type { LoadedProfile } from '../language/load.ts';
import { APPROVED, FINAL_CODES, type Kind, type RequestValue } from '../language/values.ts';
import { openProfile, type Profile } from '../profile.ts';
import { rrnOfQuote } from '../wire/derived.ts';
import { listCodec } from '../wire/list.ts';
import { placedIn, type Placed } from '../wire/read.ts';
import { NOWHERE, Source } from '../wire/source.ts';
import { putsOf, type Put, type Vocabulary } from '../wire/write.ts';
import { Memory, rememberedOf, toldOf, type Remembered, type Told } from './memory.ts';
import { isSame, momentOf } from './moment.ts';

/** The other side of a profile: a device that thinks in the contract's messages and speaks a PSP's. What it asks is put into the
 *  PSP's words by the same file that the gateway reads them with, and what it hears is put back. */

/** What a device has to say in a request. */
interface Telling {
  readonly value: (name: string) => string | undefined;
  readonly basket: readonly BasketLine[] | undefined;
}

const NUMBERS: ReadonlySet<string> = new Set(['total', 'cardPart', 'corrected', 'page']);
/** What a device buys that was told no goods: the programme's first category. */
const SOME_GOODS = '0000000000001';

const VOCABULARY: Vocabulary<Telling> = {
  value: (name) => (told) => told.value(name),
  isNumber: (name) => NUMBERS.has(name),
  list: (file) => {
    const codec = listCodec(file);
    const units = file.units === undefined ? undefined : new Set(Object.values(file.units).map(({ unit }) => unit));
    return ({ basket }) => {
      const strange = basket?.find(({ unit }) => units?.has(unit) === false);
      if (strange !== undefined) throw unspoken('this PSP', `goods in unit ${strange.unit} of a basket`);
      return basket === undefined ? undefined : codec.writeBasket(basket);
    };
  },
  computed: () => () => undefined,
  goods: () => () => undefined,
};

/** What a request looks like in the PSP's words, and how its answer is read. */
interface Way {
  readonly route: Route;
  readonly puts: readonly Put<Telling>[];
  readonly hears: readonly Placed[];
}

/** One device's mouth and ears. It remembers what the PSP's messages must repeat and the contract's do not. */
export class Speaker {
  readonly codec: Codec;
  readonly name: string;
  readonly #native: Profile;
  readonly #nativeRoutes: Routes;
  readonly #ways: readonly Way[];
  readonly #codes: Readonly<Record<string, string>>;
  readonly #final: ReadonlyMap<Kind, ReadonlySet<string>>;
  readonly #byStan = new Memory();
  readonly #quotes = new Memory();

  constructor(profile: LoadedProfile, native: LoadedProfile) {
    const ground = groundOf(profile);
    const { layouts = {}, answers, codes } = profile.file;
    this.name = profile.file.name;
    this.codec = compile(profile.spec);
    this.#native = openProfile(native);
    this.#nativeRoutes = compileRequests(native);
    this.#codes = codes?.in ?? {};
    this.#final = finalCodes(profile);
    this.#ways = compileRequests(profile).all.map((route) => {
      const answer = answers[route.asked.file.answer] ?? {};
      const hears = placedIn(flattened(answer, layouts).fields, ground);
      return { route, puts: putsOf(route.fields, ground, VOCABULARY), hears };
    });
  }

  /** Whether a reversal or advice has the STAN of what it names: no other is used up by it. */
  get lateKeepsStan(): boolean {
    const late = this.#ways.filter(({ route: { asked } }) => ['reversal', 'advice'].includes(asked.file.kind));
    return late.length > 0 && late.every(({ route: { derived } }) => isSame(derived.originalStan));
  }

  /** Whether the PSP buys in two steps, and this purchase names no quote yet. */
  needsQuote(request: Message): boolean {
    const own = this.#ownRoute(request);
    if (own.asked.file.kind !== 'purchase' || this.#quoteOf(request) !== undefined) return false;
    const { file } = this.#wayOf(request, own).route.asked;
    return file.quote === 'needed' || file.amount === 'card';
  }

  /** The same of a processing code of the contract. */
  buysInTwoSteps(processing: string): boolean {
    const own = this.#nativeRoutes.all.find(({ asked }) => asked.file.processing?.includes(processing) === true);
    if (own?.asked.file.kind !== 'purchase') return false;
    const { rest = 'card' } = own.asked.file;
    const way = this.#ways.find(
      ({ route: { asked } }) => asked.file.kind === 'purchase' && (asked.file.rest ?? 'card') === rest,
    );
    return way?.route.asked.file.quote === 'needed' || way?.route.asked.file.amount === 'card';
  }

  /** From now on this purchase is of that quote. */
  bind(purchase: Message, quoteRef: string): void {
    const stan = purchase.get(11) ?? '';
    const { voucherRials, cardRials } = this.#quotes.get(quoteRef) ?? {};
    this.#byStan.set(stan, { ...this.#byStan.get(stan), quoteRef, voucherRials, cardRials });
  }

  /** What an inquiry gave, where another device heard it. */
  learn(quoteRef: string, parts: Pick<Remembered, 'voucherRials' | 'cardRials'>): void {
    this.#quotes.set(quoteRef, parts);
  }

  /** What must be known of a purchase to take it back or confirm it, also before it is sent. */
  recall(purchase: Message): Told {
    const own = this.#ownRoute(purchase);
    const quoteRef = this.#quoteOf(purchase);
    const told = this.#telling(purchase, own, this.#wayOf(purchase, own).route, 0);
    const parts = quoteRef === undefined ? undefined : this.#quotes.get(quoteRef);
    const known = this.#byStan.get(purchase.get(11) ?? '');
    return toldOf({ total: told.value('total'), ...parts, ...known, quoteRef });
  }

  /** What was recalled, by a device that was off meanwhile. @param stan of the purchase */
  remind(stan: string, told: Told): void {
    this.#byStan.set(stan, { ...rememberedOf(told), ...this.#byStan.get(stan) });
  }

  /** Whether the PSP's devices stop repeating this reversal or advice. @param code as it stands in the answer */
  isFinal(request: Message, code: string): boolean {
    return this.#final.get(this.#ownRoute(request).asked.file.kind)?.has(code) === true;
  }

  /** Whether the PSP has a message for this. */
  canSay(request: Message): boolean {
    try {
      const own = this.#ownRoute(request);
      const { route, puts } = this.#wayOf(request, own);
      const told = this.#telling(request, own, route, 0);
      for (const { say } of puts) say(told);
      return true;
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'terminal.unspoken') return false;
      throw error;
    }
  }

  /** A request of the contract in the PSP's words, without its MAC.
   *  @throws GatewayError `terminal.unspoken` for what the PSP has no message for */
  say(request: Message, now: number): MessageInput {
    const own = this.#ownRoute(request);
    const way = this.#wayOf(request, own);
    const told = this.#telling(request, own, way.route, now);
    const fields: MessageInput['fields'] = {};
    for (const { de, say } of way.puts) {
      const value = say(told);
      if (value !== undefined) (fields as Record<string, typeof value>)[de] = value;
    }
    if (own.asked.file.kind === 'purchase' || own.asked.file.kind === 'forward') {
      const stan = request.get(11) ?? '';
      const quoteRef = this.#quoteOf(request);
      const parts = quoteRef === undefined ? undefined : this.#quotes.get(quoteRef);
      this.#byStan.set(stan, { ...this.#byStan.get(stan), ...parts, quoteRef, total: told.value('total') });
    }
    // Its repeats are those of the PSP: 0201 for 0201, where there is one.
    const { mti } = way.route.asked.file;
    return { mti: mti.includes(request.mti) ? request.mti : (mti[0] ?? ''), fields };
  }

  /** The PSP's answer in the contract's words. */
  hear(request: Message, heard: Message, now: number): MessageInput {
    const own = this.#ownRoute(request);
    const { hears } = this.#wayOf(request, own);
    const source = new Source(heard, NOWHERE);
    const text = (name: string): string | undefined =>
      hears
        .find((each) => each.name === name)
        ?.read(source)
        ?.trim() || undefined;
    const wire = heard.get(39) ?? '';
    const rc = this.#codes[wire] ?? wire;
    const stan = request.get(11) ?? '';
    const known = this.#byStan.get(stan) ?? {};
    const quoteRef = own.asked.file.kind === 'quote' ? text('quoteRef') : undefined;
    const parts = APPROVED.has(rc) ? partsOf(text, known, own.asked.file.kind === 'purchase') : {};
    const [tpk, tak] = [text('tpk'), text('tak')];
    const lines = hears.find((each) => each.name === 'verdicts');
    const answer: Answer = {
      rc,
      currency: request.get(49),
      rrn: text('rrn'),
      authCode: text('authCode'),
      ...parts,
      quoteRef: quoteRef !== undefined && /[1-9]/.test(quoteRef) ? quoteRef : undefined,
      text: text('text'),
      fault: text('fault'),
      receiptToken: text('receiptToken'),
      lines: lines === undefined ? undefined : linesOf(lines, source),
      keyBlocks: tpk === undefined || tak === undefined ? undefined : { tpk, tak },
    };
    if (answer.quoteRef !== undefined) this.#quotes.set(answer.quoteRef, parts);
    if (own.asked.file.kind === 'purchase' || own.asked.file.kind === 'forward')
      this.#byStan.set(stan, { ...known, rrn: answer.rrn });
    return this.#native.write(request, answer, now);
  }

  #ownRoute(request: Message): Route {
    const route = this.#nativeRoutes.find(request, new Source(request, NOWHERE));
    if (route === undefined) throw unspoken(this.name, `${request.mti} ${request.get(3) ?? ''}`);
    return route;
  }

  /** The PSP's request of the same kind, the first that can be told. */
  #wayOf(request: Message, own: Route): Way {
    const { kind, rest } = own.asked.file;
    const code = request.get(3);
    const found = this.#ways.filter(({ route: { asked } }) => {
      if (asked.file.kind !== kind) return false;
      if (kind === 'purchase') return (asked.file.rest ?? 'card') === (rest ?? 'card');
      return kind !== 'forward' || (asked.file.processingAs ?? asked.file.processing?.[0]) === code;
    });
    const [only] = found.length === 1 ? found : [];
    const way =
      found.find((each) => this.#canTell(each.route, request)) ?? (isOfBasket(only?.route) ? undefined : only);
    if (way === undefined) throw unspoken(this.name, own.asked.file.title.en);
    return way;
  }

  /** Whether there is what makes a message this one: its basket, or the quote of its purchase. */
  #canTell({ asked, fields }: Route, request: Message): boolean {
    const { with: needed, processing, kind } = asked.file;
    const late = kind === 'reversal' || kind === 'advice';
    if (late && processing !== undefined && !processing.includes(this.#codeOf(request) ?? '')) return false;
    const content = needed === undefined ? undefined : fields[needed];
    if (content === undefined || content === null) return true;
    if (isOfBasket({ asked, fields })) return request.has('48.01') || /[1-9]/.test(request.get(4) ?? '');
    return this.#quoteOf(request) !== undefined;
  }

  /** Our processing code of a late message, as its original had it. */
  #codeOf(request: Message): string | undefined {
    return request.get(3);
  }

  #quoteOf(request: Message): string | undefined {
    const own = this.#ownRoute(request).asked;
    const source = new Source(request, NOWHERE);
    const stan = own.values.originalStan(source) ?? request.get(11) ?? '';
    return own.values.quoteRef(source) ?? this.#byStan.get(stan)?.quoteRef;
  }

  #telling(request: Message, own: Route, route: Route, now: number): Telling {
    const { values } = own.asked;
    const source = new Source(request, { ...NOWHERE, now });
    const quoteRef = this.#quoteOf(request);
    const originalStan = values.originalStan(source);
    const known = this.#byStan.get(originalStan ?? request.get(11) ?? '') ?? {};
    const moment = momentOf(route, source, own, now);
    const said: Partial<Record<RequestValue, string | undefined>> = {
      quoteRef,
      quoteRrn: quoteRef === undefined ? undefined : rrnOfQuote(quoteRef),
      localYear: tehran(now).isoDate.slice(2, 4),
      ...moment,
    };
    const quoted = quoteRef === undefined ? undefined : this.#quotes.get(quoteRef);
    if (route.asked.file.amount === 'card') said.total = quoted?.cardRials?.toString();
    if (originalStan !== undefined) {
      said.total = known.total ?? values.total(source);
      said.originalRrn = values.originalRrn(source)?.trim() || known.rrn;
      said.reason = values.reason(source);
    }
    said.processing = route.asked.file.processing?.[0] ?? this.#processingOf(request, own, quoteRef);
    const basket = own.asked.basket?.readBasket(values.basket(source) ?? '', 0n);
    const total = values.total(source);
    return {
      value: (name) => (name in said ? said[name as RequestValue] : values[name as RequestValue](source)),
      basket: basket ?? someBasket(total === undefined ? 0n : BigInt(total)),
    };
  }

  /** The PSP's processing code of a message that may be about several: that of the request which it is about. */
  #processingOf(request: Message, own: Route, quoteRef: string | undefined): string | undefined {
    const about = quoteRef !== undefined || own.asked.file.kind === 'purchase' ? 'purchase' : 'forward';
    const way = this.#ways.find(({ route: { asked } }) => {
      if (asked.file.kind !== about) return false;
      return about === 'purchase' || asked.file.processing?.[0] === request.get(3);
    });
    return way?.route.asked.file.processing?.[0] ?? request.get(3);
  }
}

/** Whether it is a basket that makes a message this one. */
function isOfBasket(route: Pick<Route, 'asked' | 'fields'> | undefined): boolean {
  const content = route?.fields[route.asked.file.with ?? ''];
  return typeof content === 'object' && content !== null && 'list' in content;
}

/** Codes after which a reversal or advice is not sent again, by its kind, as they stand on the wire: of a profile that names none, those
 *  that say that it was taken, or that there is nothing to be taken (domain/02). */
function finalCodes({ file }: LoadedProfile): ReadonlyMap<Kind, ReadonlySet<string>> {
  const codes = new Map<Kind, Set<string>>();
  for (const { kind, final = FINAL_CODES } of Object.values(file.requests)) {
    if (kind !== 'reversal' && kind !== 'advice') continue;
    const known = codes.get(kind) ?? new Set<string>();
    for (const code of final) known.add(code);
    codes.set(kind, known);
  }
  return codes;
}

function someBasket(totalRials: bigint): BasketLine[] | undefined {
  return totalRials === 0n ? undefined : [{ goods: SOME_GOODS, unit: '00', quantity: 1, amountRials: totalRials }];
}

/** The parts of an approval; what a PSP does not say again is as it was quoted. */
function partsOf(
  text: (name: string) => string | undefined,
  known: Remembered,
  isPurchase: boolean,
): Pick<Answer, 'voucherRials' | 'cardRials' | 'cashRials' | 'creditLeftRials'> {
  const rials = (name: string): bigint | undefined => {
    const value = text(name);
    return value !== undefined && /^\d+$/.test(value) ? BigInt(value) : undefined;
  };
  const total = rials('total');
  const voucherRials = rials('voucher') ?? (isPurchase ? known.voucherRials : undefined);
  const rest = total !== undefined && voucherRials !== undefined ? total - voucherRials : undefined;
  const cardRials = rials('card') ?? rest ?? (isPurchase ? known.cardRials : undefined);
  return { voucherRials, cardRials, cashRials: rials('cash'), creditLeftRials: rials('left') };
}

function linesOf({ list, read }: Placed, source: Source): AnswerLine[] | undefined {
  const text = read(source);
  return text === undefined || list === undefined ? undefined : listCodec(list).readVerdicts(text);
}

function unspoken(profile: string, what: string): GatewayError {
  return new GatewayError('terminal.unspoken', `Terminals of profile ${profile} have no message for this: ${what}.`);
}
