import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PanMap, sanitiseCapture, type CapturedFrame } from '../../src/capture/index.ts';
import { dukptKeys } from '../../src/capture/sanitise/dukpt.ts';
import { luhnDigit } from '../../src/field/pan.ts';
import { compile, loadSpec, type Codec, type FieldInput } from '../../src/codec/index.ts';
import { cmac, decryptPinBlock, retailMac } from '../../src/hsm/index.ts';

const KEY = Buffer.from('a key of the test');
const withDigit = (body: string): string => body + String(luhnDigit(body));
const PAN = withDigit('589210123456789');
const OTHER = withDigit('627412000011122');
const LONG = withDigit('603799123456789012'); // 19 digits
const codecs = new Map<string, Codec>();
const codecOf = (dialect: string): Codec => {
  const codec = codecs.get(dialect) ?? compile(loadSpec(dialect));
  codecs.set(dialect, codec);
  return codec;
};

const base = { 3: '000000', 4: '000000001000', 7: '1123101500', 11: '000001', 41: '10000001', 49: '364' };

function frame(mti: string, fields: Record<number, FieldInput>, dialect = 'kalabarg-pos'): CapturedFrame {
  const body = codecOf(dialect).encode({ mti, fields: { ...base, ...fields } });
  return { at: 0, from: mti[2] === '1' ? 'gateway' : 'terminal', connection: '10000001#1', dialect, body };
}

/** How digits may stand in bytes. */
function forms(digits: string): string[] {
  const ascii = Buffer.from(digits, 'latin1').toString('hex');
  return [digits, ascii, ascii.replace(/3(\d)/g, 'f$1')].map((form) => form.toUpperCase());
}

function expectGone(frames: readonly CapturedFrame[], ...secrets: string[]): void {
  const hex = frames.map(({ body }) => body.toString('hex').toUpperCase()).join('|');
  for (const secret of secrets) for (const form of forms(secret)) expect(hex).not.toContain(form);
}

const clean = (...frames: CapturedFrame[]) => sanitiseCapture({ frames, notes: [] }, KEY);
const ebcdic = (digits: string): string => digits.replace(/\d/g, 'F$&');

describe('a PAN that one frame shows is gone from every other', () => {
  const shown = frame('0200', { 2: PAN, 25: '00' });
  test.each<[string, Record<number, FieldInput>]>([
    ['between digits of a text', { 62: `00012${PAN}2912` }],
    ['twice, one behind the other', { 62: PAN + PAN }],
    ['in an unknown tag of DE 48', { 48: { '77': `card=${PAN};` } }],
    ['in DE 120', { 120: `x${PAN}9` }],
    ['packed in an unknown tag of DE 55', { 55: `DF7F09A1${PAN}` }],
    ['packed from the second nibble', { 55: `DF7F0A1${PAN}FF1` }],
    ['in EBCDIC in DE 55', { 55: `DF7F10${ebcdic(PAN)}` }],
    ['as text in DE 55', { 55: `DF7F10${Buffer.from(PAN).toString('hex')}` }],
  ])('%s', (_, fields) => {
    const told = frame('0210', { 39: '00', ...fields });
    // Also in a frame that comes before the one which shows it.
    const { frames, notes } = clean({ ...told, at: -1 }, shown, told);
    expect([frames.length, notes]).toEqual([3, []]);
    expectGone(frames, PAN);
    const other = new PanMap(KEY).map(PAN);
    expect(forms(other).some((form) => frames[0]!.body.toString('hex').toUpperCase().includes(form))).toBe(true);
  });

  test('in the name of a connection', () => {
    const { frames } = clean({ ...shown, connection: `card ${PAN}#1` });
    expect(frames[0]!.connection).toBe(`card ${new PanMap(KEY).map(PAN)}#1`);
  });

  test('in what does not decode, in any form', () => {
    for (const form of [...forms(PAN), `A${PAN}B`, ...forms(LONG)]) {
      const bad = { ...shown, body: Buffer.from(`0200FFFF${form}0`.padEnd(80, 'A'), 'hex') };
      expectGone(clean(shown, frame('0200', { 2: LONG }), bad).frames, PAN, LONG);
    }
  });
});

test('a PAN that nothing shows to be one is found by its digits, also in groups of four', () => {
  const spaced = OTHER.replace(/\d{4}(?=\d)/g, '$& ');
  const { frames } = clean(frame('0210', { 39: '00', 62: `a ${OTHER} b ${spaced} c ${spaced.replaceAll(' ', '-')}` }));
  const text = codecOf('kalabarg-pos').decode(frames[0]!.body).get(62)!;
  expect(text.replace(/[ -]/g, '')).not.toContain(OTHER);
  const other = new PanMap(KEY).map(OTHER);
  expect(text).toBe(`a ${other} b ${other.replace(/\d{4}(?=\d)/g, '$& ')} c ${other.replace(/\d{4}(?=\d)/g, '$&-')}`);
});

test("what DE 55 holds of the card and its holder is made anew; the chip's cryptogram stays", () => {
  const tlv = (tag: string, hex: string): string =>
    tag + (hex.length / 2).toString(16).toUpperCase().padStart(2, '0') + hex;
  const text = (value: string): string => Buffer.from(value).toString('hex').toUpperCase();
  const secrets = {
    '9F20': '1298765432100123',
    '99': '8B1C2D3E4F506172',
    '56': text(`B${PAN}^RAZAVI/ALI^29122019876543210`),
    '9F1F': text('19876543210'),
    '5F53': text('IR820540102680020817909002'),
    '9F24': text('V0010013019293847566'),
    '5F20': text('RAZAVI/ALI'),
  };
  const emv = Object.entries(secrets).map(([tag, hex]) => tlv(tag, hex));
  const { frames } = clean(frame('0200', { 2: PAN, 55: emv.join('') + tlv('9F26', 'AABBCCDDEEFF0011') }));
  expectGone(frames, PAN, '9876543210', '98765432100123', '8B1C2D3E4F506172');
  const hex = frames[0]!.body.toString('hex').toUpperCase();
  for (const [tag, value] of Object.entries(secrets)) expect([tag, hex.includes(value)]).toEqual([tag, false]);
  expect(hex).toContain('AABBCCDDEEFF0011');
});

test.each(['iso87-ascii', 'iso87-bcd', 'iso87-ebcdic', 'iso87-ascii-hexbitmap', 'bank-switch'])(
  'frames of %s: no PAN, track, PIN block or key is left, whole or damaged',
  (dialect) => {
    const track2 = `${PAN}=29122019876543210`;
    const good = frame('0200', { 2: PAN, 35: track2, 52: '8B1C2D3E4F506172', 96: 'C1C2C3C4C5C6C7C8' }, dialect);
    const secrets = [PAN, '9876543210', '8B1C2D3E4F506172', 'C1C2C3C4C5C6C7C8'];
    expectGone(clean(good).frames, ...secrets);
    const damage = fc.array(fc.tuple(fc.nat(good.body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(damage, (changes) => {
        const body = Buffer.from(good.body);
        for (const [at, value] of changes) body[at] = value;
        expectGone(clean(good, { ...good, body }).frames, PAN);
      }),
      { numRuns: 60 },
    );
  },
);

describe('a DUKPT device', () => {
  test.each([
    ['TDES', '03', 'FFFF9876543210E00001', { 52: '8B1C2D3E4F506172' }],
    ['AES', '04', '123456789012345600000001', {}],
  ] as const)(
    'by %s: PIN block and MAC hold under the test base key, the answer under its response key',
    (algorithm, scheme, ksn, pin) => {
      const aes = algorithm === 'AES';
      const tags = aes ? { '20': '8B1C2D3E4F5061728B1C2D3E4F506172', '21': ksn } : { '21': ksn };
      const request = frame('0200', {
        35: `${PAN}=2912201`,
        ...pin,
        48: tags,
        53: scheme.padEnd(16, '0'),
        64: '00'.repeat(8),
      });
      const answer = { ...frame('0210', { 39: '00', 64: '11'.repeat(8) }), at: 1 };
      const session = { ...frame('0200', { 11: '000002', 35: `${PAN}=2912201`, 64: '00'.repeat(8) }), at: 2 };
      const [asked, answered, later] = clean(request, answer, session).frames.map(({ body }) =>
        codecOf('kalabarg-pos').decode(body),
      );
      const macOf = (key: Buffer, data: Buffer): Buffer =>
        aes ? cmac(key, data).subarray(0, 8) : retailMac(key, data);
      const serial = { algorithm, ksn: Buffer.from(ksn, 'hex') };
      for (const [message, isAnswer] of [
        [asked!, false],
        [answered!, true],
      ] as const) {
        const bytes = message.encode();
        expect(macOf(dukptKeys(serial, isAnswer)!.mac, bytes.subarray(0, -8))).toEqual(bytes.subarray(-8));
      }
      const block = Buffer.from(asked!.get(aes ? '48.20' : 52)!, 'hex');
      const { pin: key } = dukptKeys(serial, false)!;
      expect(decryptPinBlock(key, algorithm, aes ? 4 : 0, block, new PanMap(KEY).map(PAN))).toBe('1234');
      expect(asked!.get('48.21')).toBe(ksn);
      // Another transaction of the same terminal is under its session keys as ever.
      const bytes = later!.encode();
      expect(macOf(dukptKeys(serial, false)!.mac, bytes.subarray(0, -8))).not.toEqual(bytes.subarray(-8));
    },
  );

  test('with a KSN that none counts to is kept, under session keys', () => {
    const { frames } = clean(
      frame('0200', {
        35: `${PAN}=2912201`,
        48: { '21': 'FFFF9876543210E00000' },
        53: '03'.padEnd(16, '0'),
        64: '00'.repeat(8),
      }),
    );
    expect(frames).toHaveLength(1);
  });
});
