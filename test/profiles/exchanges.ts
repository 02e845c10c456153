import type { FieldInput, Message, MessageInput } from '../../src/codec/index.ts';
import { demoTrack2 } from '../../src/demo/programme.ts';
import { tehran, transmissionDateTime } from '../../src/ops/clock.ts';
import type { Answer } from '../../src/profiles/answer.ts';
import { loadProfiles, openProfiles, Speaker } from '../../src/profiles/index.ts';

/** Scripts of exchanges: what a device thinks, in the contract's words, and what the gateway answers. Each profile says both in its
 *  own; the frames are golden (test/profiles/exchanges/NAME.json). */

export const OWN = new URL('own/', import.meta.url).pathname;
export const loaded = loadProfiles(OWN);
export const opened = openProfiles(OWN);
export const NOW = Date.UTC(2026, 10, 23, 9, 0, 0); // 12:30 in Tehran, the 327th day
export const ARRIVAL = { now: NOW, terminal: '10000001', merchant: '000000000000001' };
const QUOTE = '1632712000007';
const native = opened.get('native')!;

type Fields = Readonly<Record<number, FieldInput>>;

export interface Step {
  readonly name: string;
  readonly mti: string;
  readonly fields: Fields;
  readonly answer: Answer;
}

const basket = '0000000000001' + '00' + '000002' + '000008000000' + '0000000000002' + '01' + '001500' + '000004000000';
const parts = { voucherRials: 10_000_000n, cardRials: 2_000_000n, cashRials: 0n };
const bought: Answer = { rc: '00', rrn: '632712000009', authCode: '000009', ...parts, creditLeftRials: 0n, receiptToken: 'AbCdEfGhIjKlMnOpQrStUv' }; // prettier-ignore
const DE90 = { 90: '0200' + '000125' + '1123090000' + '0'.repeat(22) };
const keyBlock = (usage: string): string => `B0080${usage}TE00E0000` + '0123456789ABCDEF'.repeat(4);

export const STEPS: readonly Step[] = [
  { name: 'sign-on', mti: '0800', fields: { 70: '001' }, answer: { rc: '00' } },
  {
    name: 'keys',
    mti: '0800',
    fields: { 70: '101' },
    answer: { rc: '00', keyBlocks: { tpk: keyBlock('P0'), tak: keyBlock('M3') } },
  },
  {
    name: 'inquiry',
    mti: '0200',
    fields: { 3: '379800', 4: '000012000000', 11: '000124', 48: { '01': basket, '15': '1' } },
    answer: { ...bought, authCode: undefined, rrn: QUOTE.slice(1), quoteRef: QUOTE, receiptToken: undefined, lines: [{ verdict: '02', voucherRials: 7_000_000n }, { verdict: '00', voucherRials: 3_000_000n }] }, // prettier-ignore
  },
  {
    name: 'purchase',
    mti: '0200',
    fields: { 3: '179800', 4: '000012000000', 11: '000125', 48: { '01': basket, '14': QUOTE }, 52: 'A1B2C3D4E5F60718' },
    answer: bought,
  },
  {
    name: 'purchase-declined',
    mti: '0200',
    fields: { 3: '179800', 4: '000012000000', 11: '000126', 48: { '14': QUOTE }, 52: 'A1B2C3D4E5F60718' },
    answer: { rc: '55', rrn: '632712000010', text: 'رمز کارت نادرست است' },
  },
  {
    name: 'advice',
    mti: '0220',
    fields: { 3: '179800', 4: '000012000000', 37: '632712000009', ...DE90 },
    answer: { rc: '00', rrn: '632712000009' },
  },
  { name: 'reversal', mti: '0400', fields: { 3: '179800', 4: '000012000000', 37: '632712000009', 39: '17', ...DE90 }, answer: { rc: '00', rrn: '632712000009', creditLeftRials: 10_000_000n } }, // prettier-ignore
  { name: 'release', mti: '0200', fields: { 3: '479800', 4: '000000000000', 48: { '14': QUOTE } }, answer: { rc: '00', rrn: '632712000011', creditLeftRials: 10_000_000n } }, // prettier-ignore
  { name: 'ordinary', mti: '0200', fields: { 3: '000000', 4: '000002000000', 52: 'A1B2C3D4E5F60718' }, answer: { rc: '00', rrn: '632712000012', authCode: '000012', cardRials: 2_000_000n } }, // prettier-ignore
  { name: 'format-error', mti: '0200', fields: { 3: '379800', 4: '000012000000', 48: { '01': basket, '15': '1' } }, answer: { rc: '30', rrn: '632790000013', fault: '22', text: 'خطای قالب پیام' } }, // prettier-ignore
];

/** A message of the contract, as a device thinks it. */
export function thought({ mti, fields }: Step): Message {
  const local = tehran(NOW);
  const card = mti.startsWith('08') ? {} : { 22: '051', 25: '00', 35: demoTrack2(7), 49: '364' };
  const own = {
    7: transmissionDateTime(NOW),
    11: '000127',
    12: local.time,
    13: local.date,
    41: '10000001',
    42: '000000000000001',
  };
  return native.codec.decode(native.codec.encode({ mti, fields: { ...own, ...card, ...fields } }));
}

/** The frames of a profile, in the order of the script; what it has no message for is left out. */
export function exchangesOf(name: string): Record<string, unknown>[] {
  const profile = opened.get(name)!;
  const speaker = name === 'native' ? undefined : new Speaker(loaded.get(name)!, loaded.get('native')!);
  speaker?.learn(QUOTE, parts);
  return STEPS.flatMap((step) => {
    const message = thought(step);
    if (step.name.startsWith('purchase')) speaker?.bind(message, QUOTE);
    let said: Message;
    try {
      said = speaker === undefined ? message : profile.codec.decode(profile.codec.encode(speaker.say(message, NOW)));
    } catch (error) {
      if ((error as { code?: string }).code === 'terminal.unspoken') return [];
      throw error;
    }
    const read = profile.read(said, ARRIVAL);
    const written = profile.codec.encode(profile.write(said, step.answer, NOW));
    const heard = speaker?.hear(message, profile.codec.decode(written), NOW);
    return [{ step: step.name, request: hex(said.encode()), means: plain(read), answer: hex(written), ...(heard && { heard: plain(heard) }) }]; // prettier-ignore
  });
}

const TITLES: Readonly<Record<string, { fa: string; en: string }>> = {
  keys: { fa: 'دریافت کلید', en: 'Keys' },
  inquiry: {
    fa: 'استعلام سبد دوقلمی با رزرو اعتبار',
    en: 'Inquiry about a basket of two goods, whose credit is reserved',
  },
  purchase: { fa: 'خرید همان سبد: ده میلیون از کالابرگ، دو میلیون از کارت', en: 'Purchase of that basket: ten million from the voucher, two from the card' }, // prettier-ignore
  'purchase-declined': { fa: 'خرید با رمز نادرست', en: 'Purchase with a wrong PIN' },
  advice: { fa: 'تأیید خرید', en: 'Advice of the purchase' },
  reversal: { fa: 'برگشت خرید', en: 'Reversal of the purchase' },
  release: { fa: 'آزادکردن رزرو', en: 'Release of the quote' },
  ordinary: { fa: 'خرید عادی', en: 'Ordinary purchase' },
  goods: { fa: 'صفحه‌ی نخست فهرست کالا', en: 'First page of the goods list' },
};

/** Goods lists have no message of the contract: what a device asks. */
const GOODS: Readonly<Record<string, MessageInput>> = {
  'behpardakht-like': {
    mti: '0100',
    fields: { 3: '820000', 11: '000300', 12: '261123123000', 25: '00', 41: '10000001', 48: { '05': '01', '1D': '0001' }, 53: '0000000000000000', 63: 'KALABARG' }, // prettier-ignore
  },
};
const GOODS_ANSWER: Answer = {
  rc: '00',
  goods: [
    { code: '0000000000001', category: '1', nameFa: 'شیر', unit: '00', capRials: 900_000n },
    { code: '0000000000002', category: '2', nameFa: 'گوشت مرغ', unit: '01', capRials: undefined },
  ],
  page: 1,
};
/** What an example says of a transaction: no card, no PIN, nothing that each message has. */
const MEANT = ['kind', 'processingCode', 'totalRials', 'totalOf', 'rest', 'reserve', 'quoteRef', 'basket', 'stan', 'localTime', 'localDate', 'original', 'correctedRials', 'reason', 'code', 'page']; // prettier-ignore

/** The examples of a profile (profiles/NAME.json): of each message that it has, a request, what it means, an answer and how that is written. */
export function examplesOf(name: string): Record<string, unknown>[] {
  const profile = opened.get(name)!;
  const asked = exchangesOf(name).flatMap(({ step, request }) => {
    const { answer } = STEPS.find((each) => each.name === step)!;
    return [{ step: String(step), message: profile.codec.decode(Buffer.from(String(request), 'hex')), answer }];
  });
  const goods = GOODS[name];
  if (goods !== undefined) asked.push({ step: 'goods', message: profile.codec.decode(profile.codec.encode(goods)), answer: GOODS_ANSWER }); // prettier-ignore
  return asked.flatMap(({ step, message, answer }) => {
    const title = TITLES[step];
    if (title === undefined) return [];
    const read = plain(profile.read(message, ARRIVAL));
    const means = Object.fromEntries(MEANT.flatMap((member) => (member in read ? [[member, read[member]]] : [])));
    const written = profile.codec.decode(profile.codec.encode(profile.write(message, answer, NOW)));
    const deep = (each: Message) => plain(each.clearFields({ deep: true }));
    return [{ title, request: deep(message), means, answer: plain(answer), writes: deep(written) }];
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

export function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? String(each) : each)),
  ) as Record<string, unknown>;
}
