import type { Message } from '../../codec/index.ts';
import type { Text } from '../../field/language.ts';
import { GatewayError } from '../../ops/errors.ts';
import { formatBasket } from '../../profiles/index.ts';
import {
  readAmounts,
  type Answer,
  type SimulatedCard,
  type SimulatedTerminal,
} from '../../simulators/terminal/index.ts';

/** What a gateway must do, seen from a terminal: for a PSP's own switch, or for ours. Each case stands by itself. */
export interface GatewayCase {
  readonly id: string;
  readonly title: Text;
  readonly source: string;
  /** It is about something that only the contract says. */
  readonly contractOnly?: boolean;
  /** @returns what is wrong; none: it holds */
  readonly look: (stage: Stage) => Promise<readonly GatewayFinding[]>;
}

export interface GatewayFinding {
  readonly fault: string;
  readonly why: string;
}

export interface Stage {
  readonly device: SimulatedTerminal;
  readonly card: SimulatedCard;
}

const RIALS = 10_000n;
const DAY_MS = 86_400_000;

const wants = (fault: string, answer: Answer, codes: readonly string[]): GatewayFinding[] =>
  codes.includes(answer.rc) ? [] : [{ fault, why: `it was answered ${answer.rc}, not ${codes.join(' or ')}` }];
const maced = ({ macGood }: Answer): GatewayFinding[] =>
  macGood === true
    ? []
    : [{ fault: 'answer-mac-wrong', why: macGood === false ? 'the MAC is wrong' : 'there is no MAC' }];
const names = (answer: Answer, path: string): GatewayFinding[] =>
  answer.message.get('48.90') === path ? [] : [{ fault: 'field-not-named', why: `tag 90 is ${answer.message.get('48.90') ?? 'absent'}, not ${path}` }]; // prettier-ignore
/** Of another profile, what both of its messages have in common. */
const echoes = (answer: Answer, elements: readonly number[]): GatewayFinding[] => {
  const { said: request = answer.request, heard: message = answer.message } = answer;
  const due = answer.said === undefined ? elements : [3, 11, 41].filter((de) => request.has(de));
  return due
    .filter((de) => request.get(de) !== message.get(de))
    .map((de) => ({ fault: 'not-echoed', why: `DE ${de} of the answer is not the request's` }));
};

/** A small purchase: the rest in cash, or where the PSP has no such thing, by card. Of a PSP that buys in two steps it is quoted first.
 *  @throws GatewayError where its quote is refused */
async function sale({ device, card }: Stage, fields: Fields = {}): Promise<Message> {
  const code = device.canAsk('179898', RIALS) ? '179898' : '179800';
  const prepared = await device.prepareSale(code, RIALS, card, fields);
  if ('rc' in prepared) throw new GatewayError('certification.quote', `its quote was answered ${prepared.rc}`);
  return prepared.request;
}
type Fields = NonNullable<Parameters<SimulatedTerminal['financial']>[3]>;

const heardIn = ({ heard, message }: Answer): Message => heard ?? message;

/** The elements that a repeat's answer has in common with the first: all but DE 7 and the MAC. */
function sameAnswer(one: Message, other: Message): GatewayFinding[] {
  const all = new Set([...one.fields(), ...other.fields()]);
  const apart = [...all].filter((de) => ![7, 64, 128].includes(de) && one.get(de) !== other.get(de));
  return apart.map((de) => ({ fault: 'repeat-answered-otherwise', why: `DE ${de} of the answer is another` }));
}

export const GATEWAY_CASES: readonly GatewayCase[] = [
  {
    id: 'gateway.echo',
    title: { fa: 'آزمون خط', en: 'Echo' },
    source: 'wire.md 3',
    look: async ({ device }) => {
      const answer = await device.network('301');
      return [...wants('echo-refused', answer, ['00']), ...maced(answer), ...echoes(answer, [11, 41, 70])];
    },
  },
  {
    id: 'gateway.new-keys',
    title: { fa: 'کلید تازه', en: 'New session keys' },
    source: 'wire.md 8',
    look: async ({ device }) => {
      await device.newKeys(); // throws where it is refused, or not MACed under its own TAK
      const answer = await device.network('301');
      return [...wants('new-keys-not-used', answer, ['00']), ...maced(answer)];
    },
  },
  {
    id: 'gateway.inquiry',
    title: { fa: 'مانده‌ی اعتبار', en: 'Voucher inquiry' },
    source: 'wire.md 4, 7',
    look: async ({ device, card }) => {
      if (!device.canAsk('379800', 0n)) return [];
      const answer = await device.financial('379800', 0n, { ...card, pin: undefined });
      const left = readAmounts(answer.message.get(54)).get('9802');
      return [
        ...wants('inquiry-refused', answer, ['00']),
        ...maced(answer),
        ...echoes(answer, [3, 4, 11, 12, 13, 41, 42, 49]),
        ...(left === undefined ? [{ fault: 'credit-left-missing', why: 'DE 54 has no line 98 02' }] : []),
      ];
    },
  },
  {
    id: 'gateway.unknown-tag',
    contractOnly: true,
    title: { fa: 'برچسب ناشناخته', en: 'An unknown tag is ignored' },
    source: 'wire.md 5',
    look: async ({ device, card }) =>
      wants('unknown-tag-refused', await device.financial('379800', 0n, { ...card, pin: undefined }, { 48: { '77': 'x' } }), ['00']), // prettier-ignore
  },
  {
    id: 'gateway.purchase',
    title: { fa: 'خرید، تکرار، برگشت، برگشت دوباره', en: 'Purchase, its repeat, reversal, reversal again' },
    source: 'wire.md 7, 9.1, 9.3',
    look: async (stage) => {
      const { device } = stage;
      const request = await sale(stage);
      const first = await device.exchange(request);
      const again = await device.exchange(request);
      const repeat = await device.exchange(device.again(request, '0201'));
      const amounts = readAmounts(first.message.get(54));
      const parts = ['9841', '0041', '0004'].reduce((sum, line) => sum + (amounts.get(line) ?? 0n), 0n);
      const findings = [
        ...wants('purchase-refused', first, ['00', '10']),
        ...maced(first),
        ...(parts === RIALS ? [] : [{ fault: 'parts-do-not-add-up', why: `the parts are ${parts}, DE 4 is ${RIALS}` }]),
        ...(/^[0-9A-Z]{12}$/.test(first.message.get(37) ?? '')
          ? []
          : [{ fault: 'rrn-missing', why: 'DE 37 has not 12 characters' }]),
        ...sameAnswer(heardIn(first), heardIn(again)),
        ...sameAnswer(heardIn(first), heardIn(repeat)).filter(({ why }) => !why.startsWith('DE 0 ')),
      ];
      const reversed = await device.reverse(request, '68');
      const twice = await device.reverse(request, '68');
      return [
        ...findings,
        ...wants('reversal-refused', reversed, ['00']),
        ...wants('second-reversal-refused', twice, ['00']),
      ];
    },
  },
  {
    id: 'gateway.duplicate-stan',
    contractOnly: true,
    title: { fa: 'شماره‌ی پیگیری با محتوای دیگر', en: 'A STAN with other content' },
    source: 'wire.md 9.1',
    look: async (stage) => {
      const { device } = stage;
      const request = await sale(stage);
      await device.exchange(request);
      const other = await device.exchange(device.again(request, '0200', { 4: String(RIALS + 1n).padStart(12, '0') }));
      await device.reverse(request, '68');
      return wants('duplicate-stan-taken', other, ['94']);
    },
  },
  {
    id: 'gateway.reversal-first',
    title: { fa: 'برگشت پیش از خرید', en: 'A reversal before its original' },
    source: 'wire.md 9.3',
    look: async (stage) => {
      const { device } = stage;
      const request = await sale(stage);
      const reversed = await device.reverse(request, '68');
      const late = await device.exchange(request);
      const taken = late.rc === '00' || late.rc === '10';
      if (taken) await device.reverse(request, '68');
      return [
        ...wants('early-reversal-refused', reversed, ['00', '25']),
        ...(taken
          ? [
              {
                fault: 'reversed-sale-approved',
                why: `the purchase came after its reversal and was answered ${late.rc}`,
              },
            ]
          : []),
      ];
    },
  },
  {
    id: 'gateway.wrong-mac',
    title: { fa: 'MAC نادرست', en: 'A wrong MAC' },
    source: 'wire.md 8',
    look: async (stage) => wants('wrong-mac-taken', await stage.device.exchangeSpoilt(await sale(stage)), ['63']),
  },
  {
    id: 'gateway.no-mac',
    title: { fa: 'بی MAC', en: 'No MAC' },
    source: 'wire.md 3, 8',
    look: async (stage) => {
      const { device } = stage;
      return wants('missing-mac-taken', await device.exchange(device.withoutMac(await sale(stage))), ['63']);
    },
  },
  {
    id: 'gateway.processing-code',
    contractOnly: true,
    title: { fa: 'کد پردازش ناشناخته', en: 'An unknown processing code' },
    source: 'wire.md 3',
    look: async ({ device, card }) =>
      wants('unknown-code-taken', await device.financial('990000', RIALS, card), ['12']),
  },
  {
    id: 'gateway.currency',
    contractOnly: true,
    title: { fa: 'ارز دیگر', en: 'Another currency' },
    source: 'wire.md 3, DE 49',
    look: async (stage) => {
      const answer = await stage.device.exchange(await sale(stage, { 49: '840' }));
      return [...wants('currency-taken', answer, ['30']), ...names(answer, '49')];
    },
  },
  {
    id: 'gateway.zero',
    contractOnly: true,
    title: { fa: 'مبلغ صفر', en: 'A purchase of nothing' },
    source: 'wire.md 3, DE 4',
    look: async ({ device, card }) => wants('zero-taken', await device.financial('179898', 0n, card), ['13']),
  },
  {
    id: 'gateway.basket',
    contractOnly: true,
    title: { fa: 'سبد با جمع نادرست', en: 'A basket that does not add up' },
    source: 'wire.md 5, 6',
    look: async (stage) => {
      const basket = formatBasket([{ goods: '0000000000002', unit: '00', quantity: 1, amountRials: RIALS + 5n }]);
      return wants('wrong-basket-taken', await stage.device.exchange(await sale(stage, { 48: { '01': basket } })), [
        '40',
      ]);
    },
  },
  {
    id: 'gateway.merchant',
    contractOnly: true,
    title: { fa: 'پذیرنده‌ی دیگر', en: 'Another merchant' },
    source: 'wire.md 9.8',
    look: async (stage) => wants('other-merchant-taken', await stage.device.exchange(await sale(stage, { 42: '999999999999999' })), ['03']), // prettier-ignore
  },
  {
    id: 'gateway.terminal',
    contractOnly: true,
    title: { fa: 'پایانه‌ی دیگر', en: 'Another terminal' },
    source: 'wire.md 9.8',
    look: async (stage) =>
      wants('other-terminal-taken', await stage.device.exchange(await sale(stage, { 41: '99999999' })), ['58']),
  },
  {
    id: 'gateway.clock',
    contractOnly: true,
    title: { fa: 'ساعت نادرست', en: 'A wrong clock' },
    source: 'wire.md 3, DE 13',
    look: async (stage) => {
      const far = new Date(stage.device.clock.now() + 20 * DAY_MS).toISOString();
      const answer = await stage.device.exchange(await sale(stage, { 13: far.slice(5, 7) + far.slice(8, 10) }));
      return [...wants('wrong-clock-taken', answer, ['30']), ...names(answer, '13')];
    },
  },
  {
    id: 'gateway.totals',
    contractOnly: true,
    title: { fa: 'جمع‌ها', en: 'Totals' },
    source: 'wire.md 3, 5 tag 40',
    look: async ({ device }) => {
      const answer = await device.send('0500', {});
      const length = answer.message.get('48.40')?.length ?? 0;
      return [
        ...wants('totals-refused', answer, ['00', '95']),
        ...(length === 180
          ? []
          : [{ fault: 'totals-missing', why: `tag 40 has ${length} characters, not nine lines of 20` }]),
      ];
    },
  },
];
