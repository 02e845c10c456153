import { DEMO_HOUSEHOLDS, demoPan } from '../demo/index.ts';
import type { MoneyUnit } from '../field/money-unit.ts';
import { maskPan } from '../field/pan.ts';
import type { Deed } from '../simulators/terminal/index.ts';
import { goodOf, type CounterGood } from './counter.ts';
import type { Screen } from './screen.ts';

/** Of the device, as its menu numbers them. */
export const POS_MENU = ['179800', '179898', '379800', '000000', '310000', 'reverse', 'reprint'] as const;
export type PosDeed = (typeof POS_MENU)[number];

/** Who buys what, until it is sent. */
export interface Sale {
  readonly deed: Deed;
  readonly rials: bigint;
  readonly goods: readonly CounterGood[];
  /** 0: no card is in yet. */
  readonly household: number;
}

/** What the keys have made so far. The PIN is here and nowhere else; the screen has its length. */
export interface Pad {
  readonly screen: Screen;
  readonly sale: Sale | undefined;
  readonly pin: string;
}

/** What the device does next, where a key was the last of its kind. */
export type Act =
  | { readonly do: 'insert'; readonly household: number }
  | { readonly do: 'quote' | 'trade'; readonly sale: Sale }
  | { readonly do: 'take-back' | 'reprint' };

export interface Pressed {
  readonly pad: Pad;
  readonly act?: Act;
}

export const MENU: Pad = { screen: { at: 'menu' }, sale: undefined, pin: '' };

const MOST_DIGITS = 10;
const MOST_GOODS = 12;
const PIN_DIGITS = 4;

/** A key of the device: a digit, `enter`, `clear`, `cancel`. What it does not take, it ignores, as devices do. */
export function pressed(pad: Pad, key: string, unit: MoneyUnit): Pressed {
  if (pad.screen.at === 'busy') return { pad };
  if (key === 'cancel') return { pad: MENU };
  if (/^\d$/.test(key)) return digit(pad, key);
  if (key === 'clear') return { pad: cleared(pad) };
  return key === 'enter' ? entered(pad, unit) : { pad };
}

/** A good is scanned: from the menu it begins a purchase. */
export function scanned(pad: Pad, code: string, unit: MoneyUnit): Pressed {
  const { screen } = pad;
  const good = goodOf(code, unit);
  if (good === undefined) return { pad };
  if (screen.at === 'goods') return { pad: added(pad, screen, good) };
  if (screen.at === 'how') return { pad: added(pad, noGoods(screen.deed), good) };
  if (screen.at !== 'menu' && screen.at !== 'done') return { pad };
  return { pad: added(MENU, noGoods('179800'), good) };
}

/** A card is in: credit is asked for first, a purchase by voucher is quoted, anything else wants the PIN. */
export function inserted(pad: Pad, household: number): Pressed {
  const { screen } = pad;
  if (screen.at !== 'card' || !isHousehold(household)) return { pad };
  const { deed, rials } = screen;
  const sale: Sale = { goods: pad.sale?.goods ?? [], deed, rials, household };
  if (deed === '379800') return { pad: { ...pad, sale }, act: { do: 'trade', sale } };
  if (deed === '179800' || deed === '179898') return { pad: { ...pad, sale }, act: { do: 'quote', sale } };
  return { pad: askPin({ ...pad, sale }) };
}

export function isHousehold(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= DEMO_HOUSEHOLDS;
}

function noGoods(deed: Deed): Screen & { at: 'goods' } {
  return { at: 'goods', deed, goods: [], typed: '', unknown: false };
}

function digit(pad: Pad, key: string): Pressed {
  const { screen, pin } = pad;
  const typed = (text: string, most: number): string => (text.length < most ? text + key : text);
  switch (screen.at) {
    case 'menu':
    case 'done':
      return chosen(POS_MENU[Number(key) - 1]);
    case 'how':
      if (key === '1') return { pad: { ...pad, screen: noGoods(screen.deed) } };
      return key === '2' ? { pad: { ...pad, screen: { at: 'amount', deed: screen.deed, typed: '' } } } : { pad };
    case 'goods':
    case 'card':
      return { pad: { ...pad, screen: { ...screen, typed: typed(screen.typed, 4), unknown: false } } };
    case 'amount':
      return { pad: { ...pad, screen: { ...screen, typed: typed(screen.typed, MOST_DIGITS) } } };
    case 'pin':
      return { pad: withPin(pad, screen, typed(pin, PIN_DIGITS)) };
    default:
      return { pad };
  }
}

function chosen(deed: PosDeed | undefined): Pressed {
  if (deed === undefined) return { pad: MENU };
  if (deed === 'reprint') return { pad: MENU, act: { do: 'reprint' } };
  if (deed === 'reverse') return { pad: MENU, act: { do: 'take-back' } };
  if (deed === '179800' || deed === '179898') return { pad: { ...MENU, screen: { at: 'how', deed } } };
  if (deed === '000000') return { pad: { ...MENU, screen: { at: 'amount', deed, typed: '' } } };
  return { pad: { ...MENU, screen: { at: 'card', deed, rials: 0n, typed: '', unknown: false } } };
}

function cleared(pad: Pad): Pad {
  const { screen, pin } = pad;
  if (screen.at === 'goods' && screen.typed === '')
    return { ...pad, screen: { ...screen, goods: screen.goods.slice(0, -1), unknown: false } };
  if (screen.at === 'goods' || screen.at === 'card')
    return { ...pad, screen: { ...screen, typed: screen.typed.slice(0, -1), unknown: false } };
  if (screen.at === 'amount') return { ...pad, screen: { ...screen, typed: screen.typed.slice(0, -1) } };
  return screen.at === 'pin' ? withPin(pad, screen, pin.slice(0, -1)) : pad;
}

function entered(pad: Pad, unit: MoneyUnit): Pressed {
  const { screen, sale, pin } = pad;
  switch (screen.at) {
    case 'done':
      return { pad: MENU };
    case 'goods': {
      if (screen.typed === '') return { pad: askCard(pad, screen.deed, screen.goods, totalOf(screen.goods)) };
      const good = goodOf(screen.typed, unit);
      if (good !== undefined) return { pad: added(pad, screen, good) };
      return { pad: { ...pad, screen: { ...screen, typed: '', unknown: true } } };
    }
    case 'amount':
      return { pad: askCard(pad, screen.deed, [], typedRials(screen.typed, unit)) };
    case 'card': {
      const household = Number(screen.typed);
      if (isHousehold(household)) return { pad, act: { do: 'insert', household } };
      return { pad: { ...pad, screen: { ...screen, typed: '', unknown: true } } };
    }
    case 'split':
      return { pad: askPin(pad) };
    case 'pin':
      return pin.length === PIN_DIGITS && sale !== undefined ? { pad, act: { do: 'trade', sale } } : { pad };
    default:
      return { pad };
  }
}

/** Keys count the least steps of the unit: of one with two decimals, `12345` is 123.45. */
export function typedRials(typed: string, { stepRials }: MoneyUnit): bigint {
  return BigInt(typed === '' ? 0 : typed) * stepRials;
}

function added(pad: Pad, screen: Screen & { at: 'goods' }, good: CounterGood): Pad {
  const goods = screen.goods.length < MOST_GOODS ? [...screen.goods, good] : screen.goods;
  return { ...pad, screen: { ...screen, goods, typed: '', unknown: false } };
}

function askCard(pad: Pad, deed: Deed, goods: readonly CounterGood[], rials: bigint): Pad {
  if (rials === 0n) return pad;
  const sale: Sale = { deed, goods, rials, household: 0 };
  return { ...pad, sale, screen: { at: 'card', deed, rials, typed: '', unknown: false } };
}

function askPin(pad: Pad): Pad {
  const { sale } = pad;
  if (sale === undefined) return pad;
  const { deed, rials, household } = sale;
  return { ...pad, pin: '', screen: { at: 'pin', deed, rials, digits: 0, card: maskPan(demoPan(household)) } };
}

function withPin(pad: Pad, screen: Screen & { at: 'pin' }, pin: string): Pad {
  return { ...pad, pin, screen: { ...screen, digits: pin.length } };
}

function totalOf(goods: readonly CounterGood[]): bigint {
  return goods.reduce((sum, { rials }) => sum + rials, 0n);
}
