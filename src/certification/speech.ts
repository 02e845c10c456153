import type { LoadedProfile } from '../profiles/index.ts';
import type { Capability, Case, Deed } from './case.ts';
import { CREDIT_DATES } from './host/decide.ts';

/** What devices of a profile can say at all: what they cannot, no case asks of them. */
export interface Speech {
  /** The contract itself: every message is looked at as it is. */
  readonly native: boolean;
  /** A purchase names a quote, which tells its parts. */
  readonly twoSteps: boolean;
  readonly capabilities: ReadonlySet<Capability>;
  /** An inquiry about nothing but the credit; one that reserves nothing; the release of a reserved quote. */
  readonly inquire: boolean;
  readonly plainQuote: boolean;
  readonly release: boolean;
  /** Purchases say when they were made, and answers what time it is. */
  readonly saysTime: boolean;
  readonly hearsTime: boolean;
  /** Reversals say why, and have a STAN of their own. */
  readonly saysReason: boolean;
  readonly ownStan: boolean;
  /** Of a basket: its units (undefined: all of the contract), and whether its lines have amounts. */
  readonly units: ReadonlySet<string> | undefined;
  readonly lineAmounts: boolean;
  /** Answers have words for the screen, and when credit ends. */
  readonly hearsText: boolean;
  readonly hearsDates: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** Reads it off the profile's file, where every layout that a message uses counts. */
export function speechOf({ file }: LoadedProfile): Speech {
  const { layouts = {}, answers } = file;
  const fieldsOf = (part: { readonly uses?: readonly string[]; readonly fields?: object }): unknown[] => [
    ...(part.uses ?? []).flatMap((name) => fieldsOf(layouts[name] ?? {})),
    ...(Object.values(part.fields ?? {}) as unknown[]),
  ];
  const requests = Object.values(file.requests);
  const ofKind = (kind: string): typeof requests => requests.filter((request) => request.kind === kind);
  const says = (kind: string, value: string): boolean =>
    ofKind(kind).some((request) => fieldsOf(request).some((content) => holds(content, value)));
  const hears = (value: string): boolean =>
    Object.values(answers).some((answer) => fieldsOf(answer).some((content) => holds(content, value)));
  const forwards = (code: string): boolean =>
    ofKind('forward').some(({ processing, processingAs }) => (processingAs ?? processing?.[0]) === code);
  const baskets = [...ofKind('purchase'), ...ofKind('quote')].flatMap((request) =>
    fieldsOf(request).filter((content): content is Json => isJson(content) && content['list'] === 'basket'),
  );
  const [basket] = baskets;
  const units = basket?.['units'];
  const withBasket = ofKind('quote').every(({ with: needed }) => {
    const content = needed === undefined ? undefined : requests.flatMap((each) => Object.entries(each.fields ?? {})).find(([path]) => path === needed)?.[1]; // prettier-ignore
    return isJson(content) && 'list' in content;
  });
  const late = [...ofKind('reversal'), ...ofKind('advice')];
  const capabilities: readonly (readonly [Capability, boolean])[] = [
    ['basket', basket !== undefined],
    ['cash', ofKind('purchase').some(({ rest }) => rest === 'cash')],
    ['ordinary', forwards('000000')],
    ['balance', forwards('310000')],
    ['reserve', ofKind('quote').some(({ reserve }) => reserve === 'always' || reserve === 'asked')],
    ['return', ofKind('return').length > 0],
    ['cancel', ofKind('reversal').length > 0],
    ['totals', ofKind('totals').length > 0],
    ['update', says('network', 'updateWanted')],
    ['confirm', ofKind('advice').length > 0],
  ];
  return {
    native: file.name === 'native',
    twoSteps: ofKind('purchase').some(({ quote, amount }) => quote === 'needed' || amount === 'card'),
    capabilities: new Set(capabilities.flatMap(([name, can]) => (can ? [name] : []))),
    inquire: ofKind('quote').length > 0 && !withBasket,
    plainQuote: ofKind('quote').some(({ reserve }) => reserve !== 'always'),
    release: ofKind('quote-release').length > 0,
    saysTime: says('purchase', 'localTime'),
    hearsTime: hears('now') || hears('nowLocalTime'),
    saysReason: says('reversal', 'reason'),
    ownStan: late.every((request) => fieldsOf(request).some((content) => holds(content, 'originalStan'))),
    units: isJson(units) ? new Set(Object.values(units).map((unit) => (unit as { unit: string }).unit)) : undefined,
    lineAmounts: (basket?.['of'] as [string, number][] | undefined)?.some(([member]) => member === 'amount') === true,
    hearsText: hears('text'),
    hearsDates: hears('creditDates'),
  };
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function holds(content: unknown, value: string): boolean {
  if (content === value) return true;
  if (!isJson(content)) return false;
  const slices = Array.isArray(content['slices']) ? (content['slices'] as unknown[]) : [];
  const lines = Array.isArray(content['lines']) ? (content['lines'] as string[]) : [];
  return (
    content['value'] === value ||
    slices.some((slice) => Array.isArray(slice) && (slice[0] === value || holds(slice[0], value))) ||
    lines.some((line) => line.includes(`{${value}}`))
  );
}

/** Whether a case is about something that devices of the profile have no words for. */
export function isSpeakable(one: Case, speech: Speech): boolean {
  if (speech.native) return true;
  const { needs, steps } = one;
  if (needs !== undefined && !speech.capabilities.has(needs)) return false;
  if (one.asksTime === true && !speech.saysTime) return false;
  return steps.every(({ deed, asks = [] }) => {
    const asked = asks.every(
      ({ question, about }) => question !== 'text' || (about === CREDIT_DATES ? speech.hearsDates : speech.hearsText),
    );
    return asked && canDo(deed, speech);
  });
}

function canDo(deed: Deed, speech: Speech): boolean {
  const { capabilities, units } = speech;
  switch (deed.do) {
    case 'buy':
      if (deed.code === '000000') return capabilities.has('ordinary');
      if (deed.code === '179898' && !capabilities.has('cash')) return false;
      return deed.basket === undefined || deed.basket.every(({ unit }) => units?.has(unit) !== false);
    case 'inquire':
      return speech.inquire;
    case 'quote':
      return deed.reserve || speech.plainQuote;
    case 'release':
      return speech.release;
    case 'balance':
      return capabilities.has('balance');
    case 'give-back':
      return capabilities.has('return');
    case 'take-back':
      return capabilities.has('cancel');
    case 'totals':
      return capabilities.has('totals');
    case 'update':
    case 'report':
      return capabilities.has('update');
    case 'set-clock':
      return speech.hearsTime;
    default:
      return true;
  }
}
