import { maskPan } from '../../field/pan.ts';
import type { Answer } from './terminal.ts';

/** DE 54 by line type (wire.md 7): `9841` voucher, `0041` card, `0004` cash due, `9802` credit left. */
export function readAmounts(text: string | undefined): ReadonlyMap<string, bigint> {
  const lines = new Map<string, bigint>();
  for (let at = 0; text !== undefined && at + 20 <= text.length; at += 20) {
    lines.set(text.slice(at, at + 4), BigInt(text.slice(at + 8, at + 20)));
  }
  return lines;
}

const WIDTH = 44;
const LINE_NAMES: readonly (readonly [string, string])[] = [
  ['9841', 'from the voucher'],
  ['0041', 'from the card'],
  ['0004', 'due in cash'],
  ['9802', 'voucher credit left'],
];
const TITLES: Readonly<Record<string, string>> = {
  '179800': 'SUBSIDISED PURCHASE',
  '179898': 'SUBSIDISED PURCHASE, REST IN CASH',
  '379800': 'VOUCHER INQUIRY',
  '279800': 'RETURN',
  '000000': 'PURCHASE',
  '310000': 'BALANCE INQUIRY',
};

function rials(amount: bigint): string {
  return `${amount.toLocaleString('en-US')} IRR`;
}

function row(name: string, value: string): string {
  return name + ' '.repeat(Math.max(1, WIDTH - name.length - value.length)) + value;
}

/** The slip the printer of a device would give: the split, the references, and whether the answer's MAC held. */
export function receipt(answer: Answer): string {
  const { message, request, rc } = answer;
  const approved = rc === '00' || rc === '10';
  const title = request.mti.startsWith('04') ? 'REVERSAL' : (TITLES[request.get(3) ?? ''] ?? request.mti);
  const pan = request.get(2) ?? request.get(35)?.split('=')[0];
  const amounts = readAmounts(message.get(54));
  const lines = [
    '-'.repeat(WIDTH),
    row(title, approved ? 'APPROVED' : 'DECLINED'),
    row('merchant', message.get(42) ?? ''),
    row('terminal', message.get(41) ?? ''),
    ...(pan === undefined ? [] : [row('card', maskPan(pan))]),
    row('date, time', `${message.get(13) ?? ''} ${message.get(12) ?? ''}`),
    row('STAN', message.get(11) ?? ''),
    row('RRN', message.get(37) ?? ''),
    ...(message.has(38) ? [row('authorisation', message.get(38) ?? '')] : []),
    '',
    row('total', rials(BigInt(message.get(4) ?? '0'))),
    ...LINE_NAMES.flatMap(([type, name]) => {
      const amount = amounts.get(type);
      return amount === undefined ? [] : [row(`  ${name}`, rials(amount))];
    }),
    '',
    row('response code', rc),
    ...(message.get('48.13') === undefined ? [] : [message.get('48.13') ?? '']),
    ...(message.get('48.90') === undefined ? [] : [row('field at fault', message.get('48.90') ?? '')]),
    row('MAC of the answer', answer.macGood === undefined ? 'none' : answer.macGood ? 'good' : 'WRONG'),
    '-'.repeat(WIDTH),
  ];
  return lines.join('\n');
}

/** What a program wants to know of an answer (`--json`): the same as the receipt has. Rials are strings. */
export function answerSummary({ message, request, rc, macGood }: Answer): Readonly<Record<string, string | boolean>> {
  const pan = request.get(2) ?? request.get(35)?.split('=')[0];
  const amounts = readAmounts(message.get(54));
  const known: Record<string, string | undefined> = {
    de3: request.get(3),
    terminal: message.get(41),
    merchant: message.get(42),
    card: pan === undefined ? undefined : maskPan(pan),
    stan: message.get(11),
    rrn: message.get(37),
    authorisation: message.get(38),
    totalRials: request.has(4) ? BigInt(message.get(4) ?? '0').toString() : undefined,
    voucherRials: amounts.get('9841')?.toString(),
    cardRials: amounts.get('0041')?.toString(),
    cashRials: amounts.get('0004')?.toString(),
    creditLeftRials: amounts.get('9802')?.toString(),
    text: message.get('48.13'),
    fieldAtFault: message.get('48.90'),
  };
  const given = Object.entries(known).filter((each): each is [string, string] => each[1] !== undefined);
  const mac = macGood === undefined ? 'none' : macGood ? 'good' : 'wrong';
  return { mti: message.mti, rc, approved: rc === '00' || rc === '10', mac, ...Object.fromEntries(given) };
}
