import type { Message } from '../../codec/index.ts';
import { rialsOfDecimal } from '../../field/money-unit.ts';
import { latinDigits } from '../../field/persian.ts';
import type { Language } from '../../field/language.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Told } from '../../profiles/index.ts';
import { goodsCode, MOST_LINES, quantityOf, totalOf, writeBasket, type BasketItem } from './basket.ts';
import { isApprovedPurchase } from './last.ts';
import { chosenEntry, menuText, type Deed, type MenuEntry } from './menu.ts';
import { receipt, type Slip } from './receipt.ts';
import { sell } from './sell.ts';
import type { Answer, SimulatedCard, SimulatedTerminal } from './terminal.ts';
import { money, unitCalled } from './words.ts';

/** What the panel needs of the screen it is on. */
export interface Screen {
  print(text: string): void;
  /** A line the person typed; undefined: the keyboard is gone. */
  ask(prompt: string): Promise<string | undefined>;
  /** The same, not shown while it is typed. */
  secret(prompt: string): Promise<string | undefined>;
}

/** Asks as the panel does. @throws GONE of the panel where nobody types any more */
export type Ask = (prompt: string) => Promise<string>;

export interface PanelOptions {
  readonly language: Language;
  /** Read before each choice: an update may have changed it. */
  readonly menu: () => readonly MenuEntry[];
  /** The next card, with its PIN where the transaction wants one. */
  readonly card: (keys: { ask: Ask; secret: Ask }, withPin: boolean) => Promise<SimulatedCard>;
  readonly slip: () => Slip;
  /** The last purchase that was approved. */
  readonly last: LastPurchase;
  /** Keeps a purchase whose reversal nobody answered. */
  readonly queue?: ((purchase: Message, told: Told | undefined) => void) | undefined;
  /** Looks for updates, started by a person. @returns what came of it, to show */
  readonly update?: () => Promise<string>;
  /** Told when nobody is served any more, and when somebody is again: between them a device may look for updates. It is waited for. */
  readonly idle?: (idle: boolean) => Promise<void>;
}

/** Where a device keeps its last approved purchase. */
export interface LastPurchase {
  keep(answer: Answer, card: SimulatedCard, told: Told | undefined): void;
  /** Takes it back with the gateway. @throws GatewayError `terminal.last`: there is none */
  reverse(device: SimulatedTerminal): Promise<Answer>;
}

const LEAVE = '0';
const GONE = new GatewayError('panel.gone', 'the panel was closed');

const WORDS = {
  choice: { fa: 'انتخاب: ', en: 'Choice: ' },
  none: { fa: 'چنین گزینه‌ای نیست', en: 'There is no such choice' },
  fault: { fa: 'خطا: ', en: 'Fault: ' },
  amount: { fa: 'مبلغ ({unit}): ', en: 'Amount ({unit}): ' },
  amountOrGoods: { fa: 'مبلغ ({unit})، یا بارکد کالا، یا * و کد کالا: ', en: 'Amount ({unit}), or a barcode, or * and a goods code: ' }, // prettier-ignore
  nextGoods: { fa: 'کالای بعدی (خالی: پایان): ', en: 'Next goods (empty: done): ' },
  quantity: { fa: 'تعداد، یا وزن مانند ۱۵۰۰گ (خالی: ۱): ', en: 'Pieces, or a weight as 1500g (empty: 1): ' },
  lineAmount: { fa: 'مبلغ این کالا ({unit}): ', en: 'Amount of it ({unit}): ' },
  total: { fa: 'جمع سبد: ', en: 'Total: ' },
  rrn: { fa: 'شماره‌ی مرجع خرید: ', en: 'RRN of the purchase: ' },
  returned: { fa: 'مبلغ مرجوعی ({unit}): ', en: 'Amount that is returned ({unit}): ' },
  badNumber: { fa: 'عدد درست نیست', en: 'That is not a number' },
  badGoods: { fa: 'کد کالا درست نیست', en: 'That is not a goods code' },
  tooMany: { fa: 'سبد پر است', en: 'The basket is full' },
} as const;

type Word = keyof typeof WORDS;

/** Faults that a clerk can do something about, by their code; of others the text is shown as it is. */
const FAULTS: Readonly<Record<string, string>> = {
  'terminal.last': 'خرید موفقی نیست که بتوان برگرداند',
  'terminal.connect': 'ارتباط با مرکز برقرار نیست؛ شبکه را بررسی کنید',
  'terminal.silence': 'پاسخی از مرکز نرسید؛ مبلغ کسرشده برمی‌گردد',
  'terminal.card': 'کارت خوانده نشد',
};

/** The panel at work: its device, and what is typed on it. */
interface Sitting {
  readonly device: SimulatedTerminal;
  readonly options: PanelOptions;
  readonly keys: { readonly ask: Ask; readonly secret: Ask };
  readonly print: (text: string) => void;
  readonly say: (word: Word) => string;
}

/** The device as its clerk has it: menus, numbers in Persian or Latin digits, a slip after each transaction.
 *  Ends when the person leaves, or the keyboard is gone. */
export async function runPanel(device: SimulatedTerminal, screen: Screen, options: PanelOptions): Promise<void> {
  const keys = {
    ask: async (prompt: string): Promise<string> => typed(await screen.ask(prompt)),
    secret: async (prompt: string): Promise<string> => typed(await screen.secret(prompt)),
  };
  const print = (text: string): void => {
    screen.print(text);
  };
  const sitting: Sitting = {
    device,
    options,
    keys,
    print,
    say: (word) => WORDS[word][options.language].replace('{unit}', unitCalled(device.unit, options.language)),
  };
  for (;;) {
    await options.idle?.(true);
    const menu = options.menu();
    print(menuText(menu, options.language));
    const choice = latinDigits((await screen.ask(sitting.say('choice'))) ?? LEAVE).trim();
    await options.idle?.(false);
    if (choice === LEAVE) return;
    try {
      const entry = chosenEntry(menu, choice);
      print(entry === undefined ? sitting.say('none') : await done(entry.deed, sitting));
    } catch (error) {
      if (error === GONE) return;
      print(faultText(error, sitting));
    }
  }
}

function faultText(error: unknown, { options, say }: Sitting): string {
  if (!(error instanceof GatewayError)) return `${say('fault')}${messageOf(error)}`;
  if (error.code === 'panel.input') return error.message;
  const persian = options.language === 'fa' ? FAULTS[error.code] : undefined;
  return `${say('fault')}${persian ?? error.message}`;
}

/** @returns what is shown of it: the slip of a transaction */
async function done(deed: Deed, sitting: Sitting): Promise<string> {
  const { options } = sitting;
  if (deed === 'update') return (await options.update?.()) ?? '';
  return receipt(await transaction(deed, sitting), options.slip());
}

async function transaction(deed: Exclude<Deed, 'update'>, sitting: Sitting): Promise<Answer> {
  const { device, options, keys } = sitting;
  switch (deed) {
    case '379800':
      return device.financial(deed, 0n, await options.card(keys, false));
    case '310000':
      return device.financial(deed, 0n, await options.card(keys, true));
    case '279800': {
      const rrn = await number(sitting, 'rrn', 12);
      const amount = await amountOf(sitting, 'returned');
      const fields = { 48: { '10': rrn.padStart(12, '0') } };
      return device.financial(deed, amount, await options.card(keys, true), fields);
    }
    case 'reverse':
      return options.last.reverse(device);
    case 'echo':
      return device.network('301');
    default:
      return buy(deed, sitting);
  }
}

async function buy(code: '179800' | '179898' | '000000', sitting: Sitting): Promise<Answer> {
  const { device, options, keys } = sitting;
  const { amount, items } = await amountOrBasket(code, sitting);
  const card = await options.card(keys, true);
  const basket = items.length === 0 ? {} : { 48: { '01': writeBasket(items, device.unit) } };
  const answer = await sell(device, { code, rials: amount, card, fields: basket }, options.queue);
  if (isApprovedPurchase(answer)) options.last.keep(answer, card, device.recall(answer.request));
  return answer;
}

/** An amount as typed; or a basket: a barcode of 13 digits is longer than any amount, and `*` begins a shorter code. */
async function amountOrBasket(code: string, sitting: Sitting): Promise<{ amount: bigint; items: BasketItem[] }> {
  if (code === '000000') return { amount: await amountOf(sitting, 'amount'), items: [] };
  const { device, keys, print, say, options } = sitting;
  const first = plain(await keys.ask(say('amountOrGoods')));
  if (!first.startsWith('*') && first.length <= 12) return { amount: amountIn(first, sitting), items: [] };
  const items: BasketItem[] = [];
  for (let next = first; next !== ''; next = plain(await keys.ask(say('nextGoods')))) {
    if (items.length === MOST_LINES) throw wrong(sitting, 'tooMany');
    items.push(await basketItem(next.replace(/^\*/, ''), sitting));
    print(`${say('total')}${money(totalOf(items), options.language, device.unit)}`);
  }
  return { amount: totalOf(items), items };
}

async function basketItem(typedCode: string, sitting: Sitting): Promise<BasketItem> {
  const { keys, print, say, options } = sitting;
  const goods = goodsCode(typedCode);
  if (goods === undefined) throw wrong(sitting, 'badGoods');
  const name = options.slip().goods?.get(goods);
  if (name !== undefined) print(name);
  const text = plain(await keys.ask(say('quantity')));
  const quantity = quantityOf(text === '' ? '1' : text);
  if (quantity === undefined) throw wrong(sitting, 'badNumber');
  const amountRials = await amountOf(sitting, 'lineAmount');
  if (amountRials === 0n) throw wrong(sitting, 'badNumber');
  return { goods, ...quantity, amountRials };
}

/** @throws GONE where nobody types any more */
function typed(line: string | undefined): string {
  if (line === undefined) throw GONE;
  return line;
}

/** Latin digits, without what separates them. */
function plain(text: string): string {
  return latinDigits(text)
    .replace(/[,٬\s]/g, '')
    .replace('٫', '.');
}

/** In the device's unit: of one with decimals, `123.45`. @returns rials */
async function amountOf(sitting: Sitting, prompt: Word): Promise<bigint> {
  return amountIn(plain(await sitting.keys.ask(sitting.say(prompt))), sitting);
}

function amountIn(text: string, sitting: Sitting): bigint {
  const rials = text.length > 13 ? undefined : rialsOfDecimal(text, sitting.device.unit);
  if (rials === undefined) throw wrong(sitting, 'badNumber');
  return rials;
}

async function number(sitting: Sitting, prompt: Word, most: number): Promise<string> {
  return digitsIn(plain(await sitting.keys.ask(sitting.say(prompt))), most, sitting);
}

function digitsIn(text: string, most: number, sitting: Sitting): string {
  if (!/^\d+$/.test(text) || text.length > most) throw wrong(sitting, 'badNumber');
  return text;
}

function wrong(sitting: Sitting, word: Word): GatewayError {
  return new GatewayError('panel.input', sitting.say(word));
}
