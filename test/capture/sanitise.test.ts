import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { demoHousehold, PanMap, sanitiseCapture, type Capture, type CapturedFrame } from '../../src/capture/index.ts';
import { luhnDigit } from '../../src/field/pan.ts';
import { compile, loadSpec, type MessageInput } from '../../src/codec/index.ts';
import { cmac, decryptPinBlock, retailMac, unwrapKeyBlock } from '../../src/hsm/index.ts';
import { DEMO_TERMINALS, demoPan } from '../../src/demo/programme.ts';

const codec = compile(loadSpec('kalabarg-pos'));
const KEY = Buffer.from('a key of the test');
const luhn = (pan: string): boolean => luhnDigit(pan.slice(0, -1)) === Number(pan.at(-1));

describe('PANs', () => {
  const pan = fc
    .tuple(fc.constantFrom('603799', '589210', '627412', '400000'), fc.stringMatching(/^\d{5,12}$/))
    .map(([bin, rest]) => bin + rest + String(luhnDigit(bin + rest)));

  test('each becomes another of its BIN and length, valid, the same every time, and no two become one', () => {
    const map = new PanMap(KEY);
    fc.assert(
      fc.property(pan, pan, (a, b) => {
        const other = map.map(a);
        expect([other.length, other.slice(0, 6), luhn(other)]).toEqual([a.length, a.slice(0, 6), true]);
        expect(other).not.toBe(a);
        expect(new PanMap(KEY).map(a)).toBe(other);
        expect(map.map(b) === other).toBe(a === b);
      }),
    );
  });

  test('another key maps otherwise, and a wrong check digit stays wrong', () => {
    const pan = '5892101234567894';
    expect(new PanMap(Buffer.from('other')).map(pan)).not.toBe(new PanMap(KEY).map(pan));
    expect(luhn(new PanMap(KEY).map(pan))).toBe(luhn(pan));
    expect(luhn(new PanMap(KEY).map('6037990000000070'))).toBe(false);
  });

  test("the demo's ordinary households become others with as many members; special ones can be told again", () => {
    const map = new PanMap(KEY);
    const seen = new Set<string>();
    for (let household = 1; household <= 1_000; household++) {
      const other = map.map(demoPan(household));
      seen.add(other);
      expect(other).not.toBe(demoPan(household));
      const played = demoHousehold(other);
      if (household >= 901 && household <= 910) expect(played).toBe(household);
      else expect(played! % 5).toBe(household % 5);
    }
    expect(seen.size).toBe(1_000);
  });
});

const PAN = demoPan(7);
const fields = {
  3: '179800',
  4: '000000001000',
  7: '1123101500',
  11: '000001',
  12: '134500',
  13: '1123',
  41: '10000001',
  42: '000000000000001',
  49: '364',
};

function frame(input: MessageInput, from: 'terminal' | 'gateway' = 'terminal', at = 0): CapturedFrame {
  return { at, from, connection: '10000001#1', dialect: 'kalabarg-pos', body: codec.encode(input) };
}
const capture = (...frames: CapturedFrame[]): Capture => ({ frames, notes: [] });
const clean = (...frames: CapturedFrame[]) => sanitiseCapture(capture(...frames), KEY).frames;

const tlv = (tag: string, hex: string): string =>
  tag + (hex.length / 2).toString(16).padStart(2, '0').toUpperCase() + hex;
const emv =
  tlv('9F26', 'AABBCCDDEEFF0011') +
  tlv('57', `${PAN}D29122019876543210`) +
  tlv('5A', PAN) +
  tlv('5F20', Buffer.from('ALI RAZAVI').toString('hex').toUpperCase());
const secretive = frame({
  mti: '0200',
  fields: {
    ...fields,
    2: PAN,
    35: `${PAN}=29122019876543210`,
    45: `B${PAN}^RAZAVI/ALI^29122010000000`,
    48: { '02': `v1 ${PAN}`, '10': 'x' },
    52: '0123456789ABCDEF',
    55: emv,
    62: `card ${PAN}.`,
    64: '1122334455667788',
  },
});

describe('a sanitised message', () => {
  const [out] = clean(secretive);
  const message = codec.decode(out!.body);
  const other = new PanMap(KEY).map(PAN);

  test('holds the other PAN wherever the PAN was, and nothing of tracks, names and PIN', () => {
    const hex = out!.body.toString('hex').toUpperCase();
    for (const gone of [PAN, Buffer.from(PAN).toString('hex'), '9876543210', '0123456789ABCDEF', '1122334455667788'])
      expect(hex).not.toContain(gone);
    expect(out!.body.toString('latin1')).not.toMatch(/RAZAVI|ALI/);
    expect([message.get(2), message.get(35), message.get('48.02'), message.get(62)]).toEqual([
      other,
      `${other}=29122010000000000`,
      `v1 ${other}`,
      `card ${other}.`,
    ]);
    expect(message.get('55.5A')).toBe(other);
    expect(message.get('55.57')).toContain(`${other}D2912201`);
    expect(message.get('55.9F26')).toBe('AABBCCDDEEFF0011');
  });

  test("keeps a number in the text of another PSP's element, whose hexadecimal has a right check digit", () => {
    const dialect = 'sadad-like';
    const text = Buffer.from('3031303239313437832C' + '80'.repeat(146), 'hex')
      .toString('hex')
      .toUpperCase();
    const body = compile(loadSpec(dialect)).encode({
      mti: '0210',
      fields: { 3: '680000', 11: '000001', 39: '00', 63: text },
    });
    const { frames } = sanitiseCapture({ frames: [{ ...secretive, dialect, body }], notes: [] }, KEY);
    expect(compile(loadSpec(dialect)).decode(frames[0]!.body).get(63)).toBe(text);
  });

  test('is the same every time, and of the same length', () => {
    expect(clean(secretive)[0]!.body).toEqual(out!.body);
    expect(out!.body).toHaveLength(secretive.body.length);
  });
});

const block = 'B0080P0TB00S0000' + '0'.repeat(64);
const download = (id: string): CapturedFrame[] => [
  frame({ mti: '0800', fields: { 7: '1123101500', 11: '000001', 41: id, 70: '101' } }),
  frame(
    {
      mti: '0810',
      fields: {
        7: '1123101500',
        11: '000001',
        39: '00',
        41: id,
        48: { '30': block, '31': block },
        70: '101',
        128: '0'.repeat(16),
      },
    },
    'gateway',
    1,
  ),
];

describe('keys', () => {
  test.each(['10000001', '10000021'])('key blocks, PIN and MAC hold under the test keys of terminal %s', (id) => {
    const demo = DEMO_TERMINALS.find(({ terminal }) => terminal === id)!;
    const aes = demo.algorithm === 'AES';
    const pin = aes ? { 48: { '20': '00'.repeat(16) } } : { 52: '00'.repeat(8) };
    const request = frame(
      { mti: '0200', fields: { ...fields, 41: id, 35: `${PAN}=2912201`, ...pin, 64: '00'.repeat(8) } },
      'terminal',
      2,
    );
    const [, brought, bought] = clean(...download(id), request).map(({ body }) => codec.decode(body));
    const [tpk, tak] = ['48.30', '48.31'].map((tag) => unwrapKeyBlock(brought!.get(tag)!, demo.tmk));
    expect([tpk!.header.usage, tak!.header.usage]).toEqual(['P0', aes ? 'M6' : 'M3']);
    for (const message of [brought!, bought!]) {
      const bytes = message.encode();
      const mac = aes ? cmac(tak!.key, bytes.subarray(0, -8)) : retailMac(tak!.key, bytes.subarray(0, -8));
      expect(bytes.subarray(-8)).toEqual(mac.subarray(0, 8));
    }
    const enciphered = Buffer.from(bought!.get(aes ? '48.20' : 52)!, 'hex');
    expect(decryptPinBlock(tpk!.key, demo.algorithm, aes ? 4 : 0, enciphered, new PanMap(KEY).map(PAN))).toBe('1234');
  });

  test('each download brings other keys, and whatever is in a key field goes', () => {
    const [, first, , second] = clean(...download('10000001'), ...download('10000001')).map(({ body }) =>
      codec.decode(body),
    );
    expect(first!.get('48.30')).not.toBe(second!.get('48.30'));
    expect(first!.get('48.30')).not.toBe(block);
  });

  test('a PIN that was wrong (55) and a MAC that was wrong (63) are wrong again', () => {
    const asked = (rc: string, stan: string): CapturedFrame[] => [
      frame({
        mti: '0200',
        fields: { ...fields, 11: stan, 35: `${PAN}=2912201`, 52: '00'.repeat(8), 64: '00'.repeat(8) },
      }),
      frame({ mti: '0210', fields: { ...fields, 11: stan, 39: rc, 64: '00'.repeat(8) } }, 'gateway', 1),
    ];
    const [, brought, good, , pin, , mac] = clean(
      ...download('10000001'),
      ...asked('00', '000002'),
      ...asked('55', '000003'),
      ...asked('63', '000004'),
    ).map(({ body }) => codec.decode(body));
    const [tpk, tak] = ['48.30', '48.31'].map((tag) => unwrapKeyBlock(brought!.get(tag)!, DEMO_TERMINALS[0]!.tmk).key);
    const pinOf = (message: typeof good): string =>
      decryptPinBlock(tpk!, 'TDES', 0, message!.bytes(52)!, new PanMap(KEY).map(PAN));
    const holds = (message: typeof good): boolean =>
      retailMac(tak!, message!.encode().subarray(0, -8)).equals(message!.bytes(64)!);
    expect([good, pin, mac].map(pinOf)).toEqual(['1234', '9999', '1234']);
    expect([good, pin, mac].map(holds)).toEqual([true, true, false]);
  });
});

describe('frames that do not decode', () => {
  const good = frame({ mti: '0200', fields: { ...fields, 35: `${PAN}=29122019876543210`, 52: '0123456789ABCDEF' } });
  const damaged = (change: (bytes: Buffer) => Buffer): CapturedFrame => ({
    ...good,
    body: change(Buffer.from(good.body)),
  });
  const cases: [string, CapturedFrame][] = [
    ['a nibble above nine in DE 4', damaged((bytes) => bytes.fill(0xab, 13, 14))],
    ['cut off', damaged((bytes) => bytes.subarray(0, -4))],
    ['bytes behind the end', damaged((bytes) => Buffer.concat([bytes, Buffer.from(PAN)]))],
    ['noise', { ...good, body: Buffer.from(`hello ${PAN} 0123456789ABCDEF`) }],
  ];
  test.each(cases)('%s: refused as before, at the same place, and clean', (_name, broken) => {
    const [out] = clean(broken);
    const fault = (body: Buffer): unknown => {
      try {
        codec.decode(body);
        return 'decodes';
      } catch (error) {
        const { path, offset } = error as { path: string; offset: number };
        return { path, offset };
      }
    };
    if (_name !== 'noise') expect(fault(out!.body)).toEqual(fault(broken.body));
    else expect(fault(out!.body)).not.toBe('decodes');
    const hex = out!.body.toString('hex').toUpperCase();
    for (const gone of [PAN, Buffer.from(PAN).toString('hex'), '9876543210', '0123456789ABCDEF'])
      expect(hex).not.toContain(gone);
    expect(out!.body).toHaveLength(broken.body.length);
  });

  test('however a frame is damaged, no PAN and no PIN block is left', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const body = Buffer.from(good.body);
          for (const [at, value] of changes) body[at] = value;
          const hex = clean({ ...good, body })
            .map((out) => out.body.toString('hex').toUpperCase())
            .join();
          for (const gone of [PAN, '0123456789ABCDEF']) expect(hex).not.toContain(gone);
        },
      ),
      { numRuns: 150 },
    );
  });
});
