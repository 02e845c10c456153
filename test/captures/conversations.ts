import { compile, loadSpec, type FieldInput } from '../../src/codec/index.ts';
import { PlayedConnection } from '../../src/replay/connection.ts';
import type { Answer, SimulatedCard, SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, type System } from '../support/system.ts';

/** One conversation of the library: who speaks, what is said, and the response codes that the contract wants. */
export interface Conversation {
  readonly name: string;
  /** Terminals that take part; the first is the usual one. */
  readonly terminals: readonly string[];
  readonly due: readonly string[];
  readonly run: (stage: Stage) => Promise<(Answer | string)[]>;
}

export interface Stage {
  readonly system: System;
  /** The first terminal, signed on, with its keys. */
  readonly device: SimulatedTerminal;
  readonly terminal: (id: string) => Promise<SimulatedTerminal>;
  /** A card of a household that no other conversation uses: one member, 10,000,000 rials. */
  readonly card: SimulatedCard;
  /** The same without a PIN. */
  readonly touched: SimulatedCard;
}

const M = 1_000_000n;
/** Terminals that speak another PSP's dialect in the library. */
export const FOREIGN: Readonly<Record<string, string>> = { '10000004': 'sadad-like', '10000005': 'behpardakht-like' };
const POS = '10000001';
const codec = compile(loadSpec('kalabarg-pos'));

function says(
  name: string,
  due: string,
  run: Conversation['run'],
  terminals: readonly string[] = [POS],
): Conversation {
  return { name, terminals, due: due.split(' '), run };
}

/** One financial request. */
function asks(name: string, due: string, code: string, rials: bigint, how: Asking = {}): Conversation {
  return says(name, due, async ({ device, card, touched }) => {
    const own = how.pin === null ? touched : { ...card, ...(how.pin === undefined ? {} : { pin: how.pin }) };
    const used = how.household === undefined ? own : cardOf(how.household, how.pin === undefined ? '1234' : how.pin);
    return [await device.financial(code, rials, used, how.fields)];
  });
}

interface Asking {
  readonly household?: number;
  readonly pin?: string | null;
  readonly fields?: Readonly<Record<number, FieldInput | undefined>>;
}

const line = (goods: string, rials: bigint, quantity = 1): string =>
  goods.padStart(13, '0') + '00' + String(quantity).padStart(6, '0') + String(rials).padStart(12, '0');

/** What confirms a purchase. */
function late({ request, message }: Answer): Record<number, string> {
  const origin = request.mti + (request.get(11) ?? '') + (request.get(7) ?? '');
  const same = Object.fromEntries([3, 4, 35].map((de) => [de, request.get(de) ?? '']));
  return { ...same, 37: message.get(37) ?? '', 49: '364', 90: origin.padEnd(42, '0') };
}

/** Bytes out; the answer's response code, or `closed`. */
async function raw({ system }: Stage, body: Buffer, terminal = POS, dialect = 'kalabarg-pos'): Promise<string> {
  const port = Number(system.environment['KALABARG_TERMINAL_PORT']);
  const connection = await PlayedConnection.open({ host: '127.0.0.1', port, data: system.data }, terminal);
  const said = new Promise<string>((done) => {
    connection.onMessage = (answer) => {
      done(compile(loadSpec(dialect)).decode(answer).get(39) ?? '');
    };
    connection.onClose = () => {
      done('closed');
    };
  });
  connection.send(body);
  const answer = await said;
  connection.close();
  return answer;
}

function plainRequest(): Buffer {
  const fields = { 3: '379800', 4: '000000000000', 11: '000777', 41: POS, 42: '000000000000001' };
  return codec.encode({ mti: '0200', fields });
}

export const CONVERSATIONS: readonly Conversation[] = [
  says('network-before-keys', '00 76', async ({ system, touched }) => {
    const fresh = await system.connect('10000010');
    return [await fresh.network('301'), await fresh.financial('379800', 0n, touched)];
  }, ['10000010']),
  says('network-sign-on-echo-sign-off', '00 00 00 12', async ({ device }) => [
    await device.network('001'), await device.network('301'), await device.network('002'), await device.network('999'),
  ]),
  says('network-keys-again', '00 00', async ({ device, touched }) => {
    const first = await device.financial('379800', 0n, touched);
    await device.signOn();
    return [first, await device.financial('379800', 0n, touched)];
  }),
  says('aes-terminal-merchant-not-approved', '03', async ({ terminal, card }) => [
    await (await terminal('10000021')).financial('179800', M, card),
  ], ['10000021']),

  asks('purchase-voucher-covers-all', '00', '179800', 4n * M),
  asks('purchase-split-voucher-and-card', '00', '179800', 13n * M),
  asks('purchase-split-rest-in-cash', '10', '179898', 12_500_000n),
  asks('purchase-cash-voucher-covers-all', '00', '179898', 4n * M),
  asks('purchase-ordinary', '00', '000000', 2n * M),
  asks('purchase-ordinary-declined', '51', '000000', 2n * M, { household: 901 }),
  asks('purchase-contactless', '00', '179800', 300_000n, { pin: null }),
  asks('purchase-with-chip-data', '00', '179800', 12n * M, {
    fields: { 55: '9F2608AABBCCDDEEFF00119F2701809F360200019A032611239C01005F2A020364' },
  }),
  asks('purchase-amount-zero', '13', '179800', 0n),
  asks('purchase-wrong-pin', '55', '179800', M, { pin: '9999' }),
  asks('purchase-wrong-pin-of-split', '55', '179800', 13n * M, { pin: '9999' }),
  says('purchase-pin-tries-exceeded', '55 55 55 75', async ({ device, card }) => {
    const wrong = { ...card, pin: '9999' };
    const answers: Answer[] = [];
    for (const one of [wrong, wrong, wrong, card]) answers.push(await device.financial('179800', 13n * M, one));
    return answers;
  }),

  asks('basket-eligible', '00', '179800', 3n * M, { fields: { 48: { '01': line('1', 2n * M) + line('2', M, 3) } } }),
  asks('basket-partly-eligible', '00', '179800', 3n * M, { fields: { 48: { '01': line('1', 2n * M) + line('99', M) } } }),
  asks('basket-does-not-add-up', '40', '179800', 3n * M, { fields: { 48: { '01': line('1', M) } } }),

  asks('household-bank-declines', '51', '179800', 25n * M, { household: 901 }),
  asks('household-bank-says-pin', '55', '179800', 35n * M, { household: 902 }),
  asks('household-bank-inoperative', '91', '179800', 45n * M, { household: 903 }),
  asks('household-bank-silent', '68', '179800', 55n * M, { household: 904 }),
  asks('household-no-credit-card-pays', '00', '179800', 3n * M, { household: 905 }),
  asks('household-no-credit-cash', '51', '179898', M, { household: 905 }),
  asks('household-blocked', '57', '179800', M, { household: 906 }),
  asks('household-credit-expired-card-pays', '00', '179800', 3n * M, { household: 907 }),
  asks('household-credit-expired-cash', '51', '179898', M, { household: 907 }),
  asks('household-one-rial', '10', '179898', 3n * M, { household: 908 }),
  asks('household-oldest-bucket-first', '00', '179800', 4n * M, { household: 909 }),
  asks('household-of-no-programme-cash', '14', '179898', M, { household: 910 }),

  asks('inquiry-credit-left', '00', '379800', 0n, { pin: null }),
  asks('inquiry-split-of-an-amount', '00', '379800', 12n * M, { pin: null }),
  asks('inquiry-bank-balance', '00', '310000', 0n),
  says('quote-reserved-and-taken', '00 51 00 00', async ({ device, card, touched }) => {
    const quoted = await device.financial('379800', 12n * M, touched, { 48: { '15': '1' } });
    const reference = { 48: { '14': quoted.message.get('48.14') ?? '' } };
    const meanwhile = await device.financial('179898', M, card);
    return [quoted, meanwhile, await device.financial('179800', 12n * M, card, reference), await device.financial('379800', 0n, touched)];
  }),
  says('quote-reserved-and-released', '00 00 00', async ({ device, touched }) => {
    const quoted = await device.financial('379800', 2n * M, touched, { 48: { '15': '1' } });
    const reference = { 48: { '14': quoted.message.get('48.14') ?? '' } };
    return [quoted, await device.financial('479800', 0n, touched, reference), await device.financial('379800', 0n, touched)];
  }),

  says('return-all-of-a-split', '00 00 00', async ({ device, card, touched }) => {
    const bought = await device.financial('179800', 12n * M, card);
    const rrn = { 48: { '10': bought.message.get(37) ?? '' } };
    return [bought, await device.financial('279800', 12n * M, card, rrn), await device.financial('379800', 0n, touched)];
  }),
  says('return-in-parts', '00 00 00', async ({ device, card }) => {
    const bought = await device.financial('179898', 3n * M, card);
    const rrn = { 48: { '10': bought.message.get(37) ?? '' } };
    return [bought, await device.financial('279800', M, card, rrn), await device.financial('279800', 2n * M, card, rrn)];
  }),
  asks('return-of-nothing', '25', '279800', M, { fields: { 48: { '10': '632700999999' } } }),

  says('reversal-by-the-customer', '00 00 00', async ({ device, card, touched }) => {
    const bought = await device.financial('179800', 12n * M, card);
    return [bought, await device.reverse(bought.request, '17'), await device.financial('379800', 0n, touched)];
  }),
  says('reversal-twice', '00 00 00 00', async ({ device, card, touched }) => {
    const bought = await device.financial('179898', M, card);
    return [bought, await device.reverse(bought.request, '68'), await device.reverse(bought.request, '68'), await device.financial('379800', 0n, touched)];
  }),
  says('reversal-repeated-as-0401', '00 00 00', async ({ device, card }) => {
    const bought = await device.financial('179898', M, card);
    const reversed = await device.reverse(bought.request, '22');
    const fields = Object.fromEntries(reversed.request.fields().filter((de) => de < 128).map((de) => [de, reversed.request.get(de)]));
    return [bought, reversed, await device.send('0401', fields)];
  }),
  says('reversal-before-its-original', '00 00 00', async ({ device, card, touched }) => {
    const early = device.prepareFinancial('179898', M, card);
    const reversed = await device.reverse(early, '68');
    const late = await device.exchange(early);
    return [reversed, late.rc === '00' ? 'approved' : '00', await device.financial('379800', 0n, touched)];
  }),
  says('reversal-advice-and-its-repeat', '00 00 00', async ({ device, card }) => {
    const bought = await device.financial('179898', M, card);
    const original = bought.request.mti + (bought.request.get(11) ?? '') + (bought.request.get(7) ?? '');
    const fields = { 3: '179898', 4: '000001000000', 25: '00', 35: card.track2, 39: '68', 49: '364', 90: original.padEnd(42, '0') };
    const advised = await device.send('0420', fields);
    const again = Object.fromEntries(advised.request.fields().filter((de) => de < 128).map((de) => [de, advised.request.get(de)]));
    return [bought, advised, await device.send('0421', again)];
  }),
  says('reversal-in-part', '00 00 00', async ({ device, card, touched }) => {
    const bought = await device.financial('179898', 3n * M, card);
    const corrected = await device.reverse(bought.request, '17', { 95: '000001000000'.padEnd(42, '0') });
    return [bought, corrected, await device.financial('379800', 0n, touched)];
  }),

  says('repeat-same-bytes', '00 00 00', async ({ device, card, touched }) => {
    const bought = await device.financial('179800', 12n * M, card);
    return [bought, await device.exchange(bought.request), await device.financial('379800', 0n, touched)];
  }),
  says('repeat-as-0201', '00 00', async ({ device, card }) => {
    const bought = await device.financial('179898', M, card);
    const fields = Object.fromEntries(bought.request.fields().filter((de) => de < 64).map((de) => [de, bought.request.get(de)]));
    return [bought, await device.send('0201', fields)];
  }),
  says('duplicate-stan-other-content', '00 94', async ({ device, card }) => {
    const first = await device.financial('179898', M, card);
    const time = { 11: first.request.get(11), 12: first.request.get(12), 13: first.request.get(13) };
    return [first, await device.financial('179898', 2n * M, card, time)];
  }),
  says('completion-advice', '00 00 00', async ({ device, card }) => {
    const bought = await device.financial('179898', M, card);
    const original = bought.request.mti + (bought.request.get(11) ?? '') + (bought.request.get(7) ?? '');
    const fields = { 3: '179898', 4: '000001000000', 22: '051', 25: '00', 35: card.track2, 49: '364', 90: original.padEnd(42, '0') };
    const advised = await device.send('0220', fields);
    const again = Object.fromEntries(advised.request.fields().filter((de) => de < 128).map((de) => [de, advised.request.get(de)]));
    return [bought, advised, await device.send('0221', again)];
  }),
  says('totals-agree-and-disagree', '00 00 95 00', async ({ terminal, card }) => {
    const own = await terminal('10000009');
    const bought = await own.financial('179898', M, card);
    const right = { 76: '0000000001', 88: '0000000001000000' };
    return [bought, await own.send('0500', right), await own.send('0500', { ...right, 76: '0000000002' }), await own.send('0520', right)];
  }, ['10000009']),
  says('two-terminals-one-household', '00 00 10', async ({ device, terminal, card }) => {
    const other = await terminal('10000002');
    const first = await device.financial('179898', 4n * M, card);
    return [first, await other.financial('179898', 4n * M, card), await device.financial('179898', 4n * M, card)];
  }, [POS, '10000002']),

  says('mac-wrong', '00 63', async ({ device, touched }) => {
    const good = await device.financial('379800', 0n, touched);
    return [good, await device.exchange(good.request.with({ 4: '000000000001' }))];
  }),
  says('mac-absent', '63', async ({ device, touched }) => [
    await device.send('0200', { 3: '379800', 4: '0'.repeat(12), 22: '071', 25: '00', 35: touched.track2, 49: '364' }, { mac: false }),
  ]),
  asks('refused-terminal-is-not-the-certificates', '58', '179800', M, { fields: { 41: '10000002' } }),
  asks('refused-merchant-is-not-the-terminals', '03', '179800', M, { fields: { 42: '000000000000002' } }),
  asks('refused-processing-code', '12', '999999', M),
  asks('refused-currency', '30', '179800', M, { fields: { 49: '840' } }),
  asks('refused-field-missing', '30', '179800', M, { fields: { 22: undefined } }),
  asks('refused-check-digit', '30', '179800', M, { fields: { 35: '6037990000000070=29122010000000000' } }),
  asks('refused-expired-card', '54', '179800', M, { fields: { 35: '6037990000000071=21012010000000000' } }),
  asks('refused-time', '30', '179800', M, { fields: { 12: '250000' } }),
  says('refused-message-type', '12', async ({ device }) => [await device.send('0600', {})]),
  says('refused-undecodable-amount', '30', async (stage) => [await raw(stage, plainRequest().fill(0xab, 13, 14))]),
  says('closed-after-noise', 'closed', async (stage) => [await raw(stage, Buffer.from('not a message at all'))]),

  ...Object.entries(FOREIGN).flatMap(([id, profile]) => [
    says(`${profile}-purchase-in-two-steps`, '00 00 00 00 00', async ({ terminal, card, touched }) => {
      const own = await terminal(id);
      const basket = line('1', 7n * M) + line('2', 5n * M, 3);
      const quoted = await own.financial('379800', 12n * M, touched, { 48: { '01': basket, '15': '1' } });
      const bought = await own.financial('179800', 12n * M, card, { 48: { '01': basket, '14': quoted.message.get('48.14') ?? '' } });
      return [quoted, bought, await own.exchange(bought.request), await own.send('0220', late(bought)), await own.network('301')];
    }, [id]),
    says(`${profile}-reversals`, '00 00 00 00', async ({ terminal, card }) => {
      const own = await terminal(id);
      const bought = await own.financial('179800', 3n * M, card);
      const reversed = await own.reverse(bought.request, '68');
      return [bought, reversed, await own.reverse(bought.request, '68'), await own.financial('179800', 12n * M, card)];
    }, [id]),
    says(`${profile}-refusals`, `55 00 51 63 ${profile === 'sadad-like' ? '00' : '13'}`, async (stage) => {
      const { terminal, card, touched } = stage;
      const own = await terminal(id);
      const wrong = await own.financial('179800', M, { ...card, pin: '9999' });
      const ordinary = await own.financial('000000', 2n * M, card);
      const declined = await own.financial('000000', 2n * M, cardOf(901));
      const spoilt = ordinary.said!.encode();
      spoilt[spoilt.length - 1]! ^= 1;
      // the lines of sadad-like have no amounts: they always add up
      return [wrong, ordinary, declined, await raw(stage, spoilt, id, profile), await own.financial('379800', M, touched, { 48: { '01': line('1', 2n * M), '15': '1' } })];
    }, [id]),
  ]),
  says('sadad-like-inquiry-cancelled', '00 00 00', async ({ terminal, touched }) => {
    const own = await terminal('10000004');
    const quoted = await own.financial('379800', 2n * M, touched, { 48: { '15': '1' } });
    const release = { 48: { '14': quoted.message.get('48.14') ?? '' } };
    return [quoted, await own.financial('479800', 0n, touched, release), await own.financial('379800', M, touched, { 48: { '15': '1' } })];
  }, ['10000004']),
];
