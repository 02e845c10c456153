import type { Message } from '../../codec/index.ts';
import type { Text } from '../../field/language.ts';
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
const echoes = ({ request, message }: Answer, elements: readonly number[]): GatewayFinding[] =>
  elements
    .filter((de) => request.get(de) !== message.get(de))
    .map((de) => ({ fault: 'not-echoed', why: `DE ${de} of the answer is not the request's` }));

const sale = ({ device, card }: Stage, fields: Parameters<SimulatedTerminal['financial']>[3] = {}): Message =>
  device.prepareFinancial('179898', RIALS, card, fields);

function spoilt(message: Message, device: SimulatedTerminal): Promise<Answer> {
  const bytes = message.encode();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
  return device.exchange(device.decode(bytes));
}

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
      const request = sale(stage);
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
        ...sameAnswer(first.message, again.message),
        ...sameAnswer(first.message, repeat.message).filter(({ why }) => !why.startsWith('DE 0 ')),
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
    title: { fa: 'شماره‌ی پیگیری با محتوای دیگر', en: 'A STAN with other content' },
    source: 'wire.md 9.1',
    look: async (stage) => {
      const { device } = stage;
      const request = sale(stage);
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
      const request = sale(stage);
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
    look: async (stage) => wants('wrong-mac-taken', await spoilt(sale(stage), stage.device), ['63']),
  },
  {
    id: 'gateway.no-mac',
    title: { fa: 'بی MAC', en: 'No MAC' },
    source: 'wire.md 3, 8',
    look: async (stage) => {
      const { device } = stage;
      return wants('missing-mac-taken', await device.exchange(device.withoutMac(sale(stage))), ['63']);
    },
  },
  {
    id: 'gateway.processing-code',
    title: { fa: 'کد پردازش ناشناخته', en: 'An unknown processing code' },
    source: 'wire.md 3',
    look: async ({ device, card }) =>
      wants('unknown-code-taken', await device.financial('990000', RIALS, card), ['12']),
  },
  {
    id: 'gateway.currency',
    title: { fa: 'ارز دیگر', en: 'Another currency' },
    source: 'wire.md 3, DE 49',
    look: async (stage) => {
      const answer = await stage.device.exchange(sale(stage, { 49: '840' }));
      return [...wants('currency-taken', answer, ['30']), ...names(answer, '49')];
    },
  },
  {
    id: 'gateway.zero',
    title: { fa: 'مبلغ صفر', en: 'A purchase of nothing' },
    source: 'wire.md 3, DE 4',
    look: async ({ device, card }) => wants('zero-taken', await device.financial('179898', 0n, card), ['13']),
  },
  {
    id: 'gateway.basket',
    title: { fa: 'سبد با جمع نادرست', en: 'A basket that does not add up' },
    source: 'wire.md 5, 6',
    look: async (stage) => {
      const basket = formatBasket([{ goods: '0000000000002', unit: '00', quantity: 1, amountRials: RIALS + 5n }]);
      return wants('wrong-basket-taken', await stage.device.exchange(sale(stage, { 48: { '01': basket } })), ['40']);
    },
  },
  {
    id: 'gateway.merchant',
    title: { fa: 'پذیرنده‌ی دیگر', en: 'Another merchant' },
    source: 'wire.md 9.8',
    look: async (stage) => wants('other-merchant-taken', await stage.device.exchange(sale(stage, { 42: '999999999999999' })), ['03']), // prettier-ignore
  },
  {
    id: 'gateway.terminal',
    title: { fa: 'پایانه‌ی دیگر', en: 'Another terminal' },
    source: 'wire.md 9.8',
    look: async (stage) =>
      wants('other-terminal-taken', await stage.device.exchange(sale(stage, { 41: '99999999' })), ['58']),
  },
  {
    id: 'gateway.clock',
    title: { fa: 'ساعت نادرست', en: 'A wrong clock' },
    source: 'wire.md 3, DE 13',
    look: async (stage) => {
      const far = new Date(stage.device.clock.now() + 20 * DAY_MS).toISOString();
      const answer = await stage.device.exchange(sale(stage, { 13: far.slice(5, 7) + far.slice(8, 10) }));
      return [...wants('wrong-clock-taken', answer, ['30']), ...names(answer, '13')];
    },
  },
  {
    id: 'gateway.totals',
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
