import { expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import {
  CodecError,
  compile,
  defineSpec,
  describe,
  encodeFrame,
  FrameDecoder,
  loadSpec,
} from '../../src/codec/index.ts';

const PAN = '6037991234567893';
const TRACK = '6037991234567893=28121010000000000';
const PIN_BLOCK = '0123456789ABCDEF0123456789ABCDEF';
const codec = compile(loadSpec('kalabarg-pos'));
const purchase = codec.decode(
  codec.encode({
    mti: '0200',
    fields: {
      2: PAN,
      4: '000002500000',
      35: TRACK,
      48: { '02': '1.4', '20': PIN_BLOCK, '57': TRACK, '77': 'theirs' },
      52: 'FEDCBA9876543210',
      55: { '5A': PAN, '70': { '57': '6037991234567893D28121' }, '9F26': '1122334455667788' },
    },
  }),
);
const SECRETS = [PAN, '1234567893', '28121010', PIN_BLOCK, 'FEDCBA9876543210'];
const MASKED_PAN = '603799******7893';

const faces: readonly { face: string; text: string }[] = [
  { face: 'JSON.stringify', text: JSON.stringify({ message: purchase }) },
  { face: 'inspect', text: inspect({ message: purchase }, { depth: 9, showHidden: true }) },
  { face: 'describe', text: describe(purchase, { hex: true }) },
];

test.each(faces)('$face of a message shows no secret', ({ text }) => {
  // The dialect says nothing of DE 48 tag 57: what stands there is text, as far as anyone knows.
  const shown = text.replace(TRACK, '');
  expect(SECRETS.filter((secret) => shown.includes(secret))).toEqual([]);
  for (const plain of [MASKED_PAN, '000002500000', '1122334455667788', 'theirs']) expect(text).toContain(plain);
});

test('what is secret in toJSON is masked where it stands, and the rest is open', () => {
  expect(purchase.toJSON()).toEqual({
    mti: '0200',
    fields: {
      '2': MASKED_PAN,
      '4': '000002500000',
      '35': `${MASKED_PAN}********`,
      '48': [
        ['02', '1.4'],
        ['20', '*'.repeat(16)],
        ['57', TRACK],
        ['77', 'theirs'],
      ],
      '52': '*'.repeat(16),
      '55': { '5A': MASKED_PAN, '70': { '57': `${MASKED_PAN}******` }, '9F26': '1122334455667788' },
    },
  });
});

test('clear values have a name that says so, and encode takes them back', () => {
  expect(purchase.clearFields().fields).toMatchObject({ 2: PAN, 35: TRACK, 52: 'FEDCBA9876543210' });
  expect(codec.encode(purchase.clearFields())).toEqual(purchase.encode());
  expect(codec.encode(purchase.clearFields({ deep: true }))).toEqual(purchase.encode());
});

test('parts of a secret element are secret, though the dialect does not say it of each', () => {
  const split = compile(
    defineSpec({
      name: 'split',
      extends: 'iso87-ascii',
      fields: {
        53: {
          name: 'Keys',
          format: 'ans..20',
          secret: 'key',
          content: {
            kind: 'fields',
            fields: { one: { name: 'One', format: 'an4' }, two: { name: 'Two', format: 'an4' } },
          },
        },
      },
    }),
  );
  const message = split.decode(split.encode({ mti: '0800', fields: { 53: { one: 'K1K1', two: 'K2K2' } } }));
  expect(message.toJSON().fields).toEqual({ 53: { one: '****', two: '****' } });
  expect(describe(message, { hex: true })).not.toMatch(/K[12]|4B/);
});

test('tag 77 is the template of EMV in DE 55 alone', () => {
  const line = (tag: string): string =>
    describe(purchase)
      .split('\n')
      .find((text) => text.trim().startsWith(tag)) ?? '';
  expect(line('77').trim()).toMatch(/^77 +theirs$/);
  expect(line('9F26')).toContain('Application cryptogram');
});

test.each(['0200', '', 'not even hexadecimal'])(
  'the string %j, where a frame should be, is told that bytes are wanted',
  (text) => {
    const wrong = text as unknown as Buffer;
    const calls = {
      decode: () => codec.decode(wrong),
      tolerate: () => codec.tolerate(wrong, new Set()),
      salvage: () => codec.salvage(wrong, [11]),
      encodeFrame: () => encodeFrame(wrong, { header: 'binary2' }),
      push: () => new FrameDecoder({ header: 'binary2' }).push(wrong),
    };
    for (const call of Object.values(calls)) {
      expect(call).toThrow(CodecError);
      expect(call).toThrow(
        'frame at 0: bytes are wanted, not a string; for hexadecimal digits: Buffer.from(text, "hex")',
      );
    }
  },
);

test.each([undefined, null, 7, [2, 0], {}, new Uint16Array(4), new ArrayBuffer(4), new DataView(new ArrayBuffer(4))])(
  'decode of %p is refused: bytes are wanted',
  (wrong) => {
    expect(() => codec.decode(wrong as never)).toThrow(
      expect.objectContaining({ name: 'CodecError', code: 'bad-frame' }),
    );
  },
);
