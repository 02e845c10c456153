import { describe, expect, test } from '@jest/globals';
import { unitsOf } from '../../src/field/money-unit.ts';
import { HsmError } from '../../src/hsm/index.ts';
import type { TerminalRecord } from '../../src/merchants/directory.ts';
import { NOW, openPipe, outcome, purchase, type Pipe } from './support/pipe.ts';

const approved = (changes: Parameters<typeof outcome>[0]) => ({
  purchase: () => Promise.resolve({ kind: 'approved', outcome: outcome(changes) } as const),
});

describe('an outcome that is stored is told, whatever of it cannot be written', () => {
  test.each<[what: string, changes: Parameters<typeof outcome>[0], de: number, value: string | undefined]>([
    ['a short authorisation code is filled up', { authCode: '12' }, 38, '12    '],
    ['an authorisation code of seven is left out', { authCode: '1234567' }, 38, undefined],
    ['one with a control byte too', { authCode: '12\u000056' }, 38, undefined],
    ['DE 44 that is too long', { passThrough: { 44: 'x'.repeat(100) } }, 44, undefined],
    ['DE 54 with a letter of Persian', { passThrough: { 54: 'ک' } }, 54, undefined],
    ['DE 55 that is no TLV', { passThrough: { 55: '9F26' } }, 55, undefined],
    ['DE 60 with a control byte', { passThrough: { 60: '\u0007' } }, 60, undefined],
    ['a token of control bytes', { receiptToken: '\u0001' }, 48, undefined],
  ])('%s', async (_, changes, de, value) => {
    const pipe = await openPipe(approved(changes));
    const answer = await pipe.send('0200', purchase());
    expect([answer?.get(39), answer?.get(37), answer?.get(String(de))]).toEqual(['00', '632712000001', value]);
    expect(answer?.has(64)).toBe(true);
  });

  test('an HSM that fails after the decision is no reason to say that nothing was taken', async () => {
    const pipe = await openPipe(approved({}), {
      hsm: (real) => ({ ...real, generateMac: () => Promise.reject(new HsmError('hsm.unavailable', 'gone')) }),
    });
    expect(await pipe.send('0200', purchase())).toBeUndefined();
    expect(await pipe.metrics.registry.metrics()).toContain('reason="unanswerable"} 1');
  });

  test('a bank answer that the database refuses is a doubt: the terminal is answered, and the leg reversed', async () => {
    const legs: unknown[] = [];
    let now = NOW;
    const held = { kind: 'held', ref: { householdId: '7', transactionId: '1', businessDay: '2026-11-23' }, bank: 'card', leg: { stan: '000001', transmission: '1123090000' }, outcome: outcome() } as const; // prettier-ignore
    const pipe = await openPipe(
      {
        purchase: () => Promise.resolve(held),
        complete: (_ref, leg) => {
          legs.push(leg);
          if (leg.kind === 'approved') return Promise.reject(Object.assign(new Error('refused'), { code: '22P05' }));
          return Promise.resolve(outcome({ rc: '96', reason: 'bank.doubt', authCode: undefined }));
        },
      },
      { now: () => (now += 500), bank: { cardLeg: () => Promise.resolve({ kind: 'approved', authCode: '123456' }) } },
    );
    expect((await pipe.send('0200', purchase({ 3: '179800' })))?.get(39)).toBe('96');
    expect(legs).toEqual([{ kind: 'approved', authCode: '123456' }, expect.objectContaining({ kind: 'doubt' })]);
  });
});

describe('a device whose clock is wrong is told so', () => {
  const DAY = 86_400_000;
  test.each<[what: string, mti: string, date: string]>([
    ['a purchase of 40 days ago', '0200', '1014'],
    ['a purchase of next month', '0200', '1223'],
    ['its repeat', '0201', '1014'],
    ['a reversal of nine days ago', '0400', '1114'],
    ['an advice of 40 days ago', '0220', '1014'],
  ])('%s', async (_, mti, date) => {
    const pipe = await openPipe({});
    const original = { 90: '02000000011123090000'.padEnd(42, '0') };
    const answer = await pipe.send(mti, purchase({ 13: date, ...(mti.startsWith('020') ? {} : original) }));
    expect([answer?.get(39), answer?.get('48.90'), answer?.get('48.13')]).toEqual([
      '30',
      '13',
      'ساعت یا تاریخ پایانه درست نیست؛ آن را تنظیم کنید',
    ]);
    expect(pipe.asked).toEqual([]);
  });

  test('one that is out by days asks the ledger whether it is a repeat; a reversal is taken', async () => {
    const done = { kind: 'done', rc: '00', reason: 'reversed', rrn: '632712000001', creditLeftRials: 0n } as const;
    const pipe = await openPipe(
      {
        purchase: () => Promise.resolve({ kind: 'repeat', outcome: outcome() }),
        reverse: () => Promise.resolve(done),
      },
      { now: () => NOW + 2 * DAY },
    );
    expect((await pipe.send('0200', purchase()))?.get(39)).toBe('00');
    expect((await pipe.send('0400', purchase({ 90: '02000000011123090000'.padEnd(42, '0') })))?.get(39)).toBe('00');
    expect(pipe.asked).toMatchObject([{ method: 'purchase', request: { stale: true } }, { method: 'reverse' }]);
  });

  test('it can sign on, and ask for its totals', async () => {
    const none = { count: 0, rials: 0n };
    const totals = {
      businessDay: '2026-11-23',
      purchases: none,
      reversals: none,
      returns: none,
      returnReversals: none,
    };
    const pipe = await openPipe({ totals: () => Promise.resolve(totals) });
    expect((await pipe.send('0800', { 11: '000001', 13: '0101', 70: '301' }))?.get(39)).toBe('00');
    expect((await pipe.send('0500', { 11: '000002', 13: '0101' }))?.get(39)).toBe('00');
    expect((await pipe.send('0500', { 11: '000003', 13: '0231' }))?.get('48.90')).toBe('13');
  });
});

describe('the log says why a request was refused at the door', () => {
  test.each<[string, (pipe: Pipe) => Buffer, { de39: string; why: string }]>([
    [
      'DE 41 of another terminal',
      (pipe) => pipe.sealed('0200', purchase({ 41: '10000002' })),
      { de39: '58', why: 'DE 41 is not the terminal of the certificate' },
    ],
    [
      'a wrong MAC',
      (pipe) => {
        const body = pipe.sealed('0200', purchase());
        body[body.length - 1]! ^= 1;
        return body;
      },
      { de39: '63', why: 'its MAC is wrong' },
    ],
  ])('%s', async (_, bodyOf, expected) => {
    const lines: Record<string, unknown>[] = [];
    const pipe = await openPipe({}, { log: (line) => lines.push(line) });
    await pipe.raw(bodyOf(pipe));
    expect(lines).toEqual([expect.objectContaining({ msg: 'refused', terminal: '10000001', ...expected })]);
  });

  test('what the ledger refuses with 58 too', async () => {
    const lines: Record<string, unknown>[] = [];
    const refused = { kind: 'declined', outcome: outcome({ rc: '58', reason: 'terminal.suspended' }) } as const;
    const pipe = await openPipe({ purchase: () => Promise.resolve(refused) }, { log: (line) => lines.push(line) });
    expect((await pipe.send('0200', purchase()))?.get(39)).toBe('58');
    expect(lines).toEqual([expect.objectContaining({ msg: 'refused', why: 'terminal.suspended' })]);
  });
});

describe('a terminal keeps to what its reference data says', () => {
  const approves = { purchase: () => Promise.resolve({ kind: 'approved', outcome: outcome() } as const) };
  const scheme = (digits: string): string => digits.padEnd(16, '0');

  test('a profile that this gateway does not have: its connection is closed, and the log names both', async () => {
    const lines: Record<string, unknown>[] = [];
    const terminal = { profile: 'of-nobody' };
    const pipe = await openPipe(approves, { terminal, log: (line) => lines.push(line) });
    expect(await pipe.raw(pipe.sealed('0200', purchase()))).toBe('closed');
    expect([pipe.asked, lines]).toEqual([
      [],
      [expect.objectContaining({ level: 50, terminal: '10000001', ...terminal })],
    ]);
    expect(await pipe.metrics.registry.metrics()).toContain('kalabarg_refused_frames_total{reason="profile"} 1');
  });

  test.each<[own: string | undefined, said: string | undefined, mti: string, rc: string, fault: string | undefined]>([
    [undefined, undefined, '0200', '00', undefined],
    [undefined, '01', '0200', '00', undefined],
    ['01', undefined, '0200', '00', undefined],
    ['01', '01', '0200', '00', undefined],
    ['01', '02', '0200', '30', '53'],
    ['01', '03', '0200', '30', '53'],
    ['03', undefined, '0200', '30', '53'],
    ['03', '01', '0200', '30', '53'],
    ['03', undefined, '0800', '00', undefined],
    ['03', '01', '0800', '30', '53'],
  ])('key scheme %s, DE 53 %s in an %s: RC %s', async (keyScheme, said, mti, rc, fault) => {
    const pipe = await openPipe(approves, { terminal: { keyScheme } });
    const de53 = said === undefined ? undefined : scheme(said);
    const fields = mti === '0200' ? purchase({ 53: de53 }) : { 11: '000001', 53: de53, 70: '301' };
    const answer = await pipe.send(mti, fields);
    expect([answer?.get(39), answer?.get('48.90')]).toEqual([rc, fault]);
    expect(pipe.asked).toHaveLength(mti === '0200' && rc === '00' ? 1 : 0);
  });

  test.each<[keyScheme: string, why: string]>([
    ['03', 'the terminal works by DUKPT: it has no session keys'],
    ['02', "the terminal's key scheme is of AES, its master key of TDES"],
  ])('key scheme %s: no session keys for a terminal with a TDES master key', async (keyScheme, why) => {
    const lines: Record<string, unknown>[] = [];
    const tmk = { algorithm: 'TDES' } as TerminalRecord['tmk'];
    const pipe = await openPipe({}, { terminal: { keyScheme, tmk }, log: (line) => lines.push(line) });
    expect((await pipe.send('0800', { 11: '000001', 70: '101' }))?.get(39)).toBe('58');
    expect(lines).toEqual([expect.objectContaining({ why })]);
  });
});

describe('RC 30 repeats what could be read', () => {
  const undecodable = (bytes: Buffer, what: string, by: string): Buffer => {
    const at = bytes.indexOf(Buffer.from(what, 'hex'));
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(by, 'hex'), bytes.subarray(at + by.length / 2)]);
  };

  test('DE 3, 4, 37 and 49 of a frame whose DE 49 is the last that holds, and the same again for its repeat', async () => {
    const pipe = await openPipe({});
    const body = undecodable(pipe.sealed('0200', purchase({ 48: { '02': 'v1' } })), '3032303032', '3032304132');
    const [first, again] = [await pipe.raw(body), await pipe.raw(body)];
    if (first === undefined || first === 'closed' || again === undefined || again === 'closed') throw new Error('none');
    const read = [3, 4, 11, 37, 39, 41, 42, 49].map((de) => first.get(String(de)));
    const rrn = expect.stringMatching(/^63279\d{7}$/) as unknown;
    expect(read).toEqual(['179898', '000000001000', '000001', rrn, '30', '10000001', '000000000000001', '364']);
    expect(first.get('48.90')).toMatch(/^48/);
    expect(again.get(37)).toBe(first.get(37));
  });

  test('the RRN and DE 90 of a reversal are its own, decodable or not', async () => {
    const pipe = await openPipe({});
    const fields = purchase({ 22: undefined, 37: '632712000009', 90: '02000000011123090000'.padEnd(42, '0') });
    const refused = await pipe.send('0400', { ...fields, 49: '840' });
    const body = undecodable(pipe.sealed('0400', { ...fields, 48: { '02': 'v1' } }), '3032303032', '3032304132');
    const broken = await pipe.raw(body);
    if (broken === undefined || broken === 'closed') throw new Error('none');
    expect([refused, broken].map((one) => [one?.get(39), one?.get(37), one?.get(4)])).toEqual([
      ['30', '632712000009', '000000001000'],
      ['30', '632712000009', '000000001000'],
    ]);
    expect(broken.has(90)).toBe(true);
  });
});

test('an ordinary purchase says nothing of the voucher; what the bank says of balances goes through', async () => {
  const said: (string | undefined)[] = [];
  for (const passThrough of [undefined, { 54: '0002364C000050000000' }]) {
    const pipe = await openPipe({
      forward: () => Promise.resolve({ kind: 'repeat', outcome: outcome({ voucherRials: 0n, cardRials: 1_000n, creditLeftRials: 0n, passThrough }) }), // prettier-ignore
    });
    said.push((await pipe.send('0200', purchase({ 3: '000000' })))?.get(54));
  }
  expect(said).toEqual(['0041364D000000001000', '0002364C000050000000']);
});

describe('terminal totals in DE 48 tag 40', () => {
  const ours = {
    businessDay: '2026-11-23',
    purchases: { count: 3, rials: 3_000n },
    reversals: { count: 2, rials: 200n },
    returns: { count: 1, rials: 500n },
    returnReversals: { count: 1, rials: 50n },
  };
  const claimed = { 74: '0000000001', 75: '0000000001', 76: '0000000003', 77: '0000000002', 86: '0000000000000500', 87: '0000000000000050', 88: '0000000000003000', 89: '0000000000000200', 97: 'D0000000000002350' }; // prettier-ignore

  test('nine lines, each named by the element that claims the same', async () => {
    const pipe = await openPipe({ totals: () => Promise.resolve(ours) });
    const answer = await pipe.send('0500', { 11: '000001', ...claimed });
    expect(answer?.get(39)).toBe('00');
    expect(answer?.get('48.40')?.match(/.{20}/g)).toEqual([
      '0074000C000000000001',
      '0075000D000000000001',
      '0076000D000000000003',
      '0077000C000000000002',
      '0086364C000000000500',
      '0087364D000000000050',
      '0088364D000000003000',
      '0089364C000000000200',
      '0097364D000000002350',
    ]);
  });

  test.each<[de: number, value: string, rc: string]>([
    [75, '0000000000', '95'],
    [81, '0000000001', '95'],
    [82, '000000000001', '95'],
    [84, '000000000001', '95'],
    [81, '0000000000', '00'],
    [84, '000000000000', '00'],
  ])('DE %d of %s: RC %s', async (de, value, rc) => {
    const pipe = await openPipe({ totals: () => Promise.resolve(ours) });
    expect((await pipe.send('0500', { 11: '000001', ...claimed, [de]: value }))?.get(39)).toBe(rc);
  });

  test.each<[debits: string, net: string, rc: string]>([
    ['0000000000000030', 'D0000000000000023', '00'],
    ['0000000000000031', 'D0000000000000024', '95'],
  ])('on the day of another unit, what is below one step is nobody’s fault: %s', async (debits, net, rc) => {
    const row = { unit: 'new', from: '2026-11-01', alpha: 'IRN', numeric: '999', exponent: 0, rials: 100, nameFa: 'نو', nameEn: 'new', lawful: true }; // prettier-ignore
    const units = unitsOf({ units: [row], terminalUnits: [{ profile: 'native', from: '2026-11-23', in: 'new' }] });
    const pipe = await openPipe(
      { totals: () => Promise.resolve({ ...ours, purchases: { count: 3, rials: 3_067n } }) },
      { units },
    );
    const said = { ...claimed, 86: '0000000000000005', 87: '0000000000000000', 88: debits, 89: '0000000000000002', 97: net }; // prettier-ignore
    const answer = await pipe.send('0500', { 11: '000001', ...said });
    expect(answer?.get(39)).toBe(rc);
    expect(answer?.get('48.40')?.match(/.{20}/g)?.slice(4)).toEqual([
      '0086999C000000000005',
      '0087999D000000000000',
      '0088999D000000000030',
      '0089999C000000000002',
      '0097999D000000000023',
    ]);
  });
});
