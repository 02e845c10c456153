import { expect, test } from '@jest/globals';
import { Readable } from 'node:stream';
import { xmlCharacters, xmlStart, xmlText } from '../../src/ops/xml-text.ts';

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const declared = (encoding: string, bytes: readonly number[] = []): Buffer =>
  Buffer.concat([
    Buffer.from(`<?xml version="1.0" encoding="${encoding}"?><a>`),
    Buffer.from(bytes),
    Buffer.from('</a>'),
  ]);

const READ: readonly (readonly [string, Buffer, string])[] = [
  ['UTF-8 by default', Buffer.from('<a>نان 🍞</a>'), 'نان 🍞'],
  ['a byte order mark of UTF-8', Buffer.from('\ufeff<?xml version="1.0"?><a>نان</a>'), 'نان'],
  ['UTF-8 declared', declared('utf-8', [...Buffer.from('é')]), 'é'],
  ['ISO-8859-1', declared('ISO-8859-1', [0xe9, 0x80]), 'é\u0080'],
  ['ISO-8859-1 that is also UTF-8', declared('iso-8859-1', [0xc3, 0xa9]), 'Ã©'],
  ['windows-1252', declared('windows-1252', [0x80, 0xe9, 0x9f]), '€éŸ'],
  ['windows-1256', declared('Windows-1256', [0xe4, 0xc7, 0xe4, 0x9d, 0x81, 0x8d, 0x90]), 'نان\u200cپچگ'],
  ['cp1256', declared('cp1256', [0xc8]), 'ب'],
  ['ISO-8859-6', declared('ISO-8859-6', [0xc8]), 'ب'],
  ['US-ASCII', declared('US-ASCII', [0x41]), 'A'],
  ['single quotes', Buffer.from(`<?xml version='1.0'  encoding = 'ISO-8859-1' ?><a>\xe9</a>`, 'latin1'), 'é'],
  [
    'UTF-16 with a mark',
    Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><a>نان 🍞</a>', 'utf16le'),
    'نان 🍞',
  ],
  ['UTF-16, big-endian', utf16be('\ufeff<a>نان 🍞</a>'), 'نان 🍞'],
  ['UTF-16 without a mark', Buffer.from('<?xml version="1.0" encoding="UTF-16LE"?><a>é</a>', 'utf16le'), 'é'],
  ['UTF-16, big-endian, without a mark', utf16be('<a>é</a>'), 'é'],
  ['a mark against the declaration', Buffer.concat([Buffer.from('\ufeff'), declared('UTF-16', [0x41])]), 'A'],
  ['UTF-16 that is declared and plain ASCII', declared('utf-16', [0x41]), 'A'],
  ['a replacement character of its own', Buffer.from('<a>\ufffd</a>'), '\ufffd'],
];

test.each(READ)('%s is read, whole and a byte at a time', async (_what, bytes, expected) => {
  const within = (text: string): string | undefined => /<a>([^]*)<\/a>/.exec(text)?.[1];
  expect(within(xmlText(bytes))).toBe(expected);
  const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
  let text = '';
  for await (const each of xmlCharacters(Readable.from(pieces))) text += each;
  expect(within(text)).toBe(expected);
  expect(text.startsWith('<')).toBe(true);
});

test.each([
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0]), 'the file is in UTF-32'],
  ['EBCDIC', Buffer.from([0x4c, 0x6f, 0xa7, 0x94, 0x93]), 'the file is in EBCDIC'],
  ['Shift_JIS', declared('Shift_JIS'), 'the file is in Shift_JIS'],
  ['an encoding of nobody', declared('klingon'), 'the file is in klingon'],
  ['ISO-8859-12', declared('ISO-8859-12'), 'the file is in ISO-8859-12'],
  [
    'wrong UTF-8',
    Buffer.concat([Buffer.from('<a>\n\ufffd'), Buffer.from([0xe9, 0x41])]),
    'line 2: the file is not UTF-8',
  ],
  ['half a character of UTF-8', Buffer.from([0x3c, 0x61, 0xd8]), 'line 1: the file is not UTF-8'],
  [
    'a byte that windows-1252 does not have',
    declared('windows-1252', [0x0a, 0x81]),
    'line 2: the file is not windows-1252',
  ],
  ['a letter in US-ASCII', declared('ascii', [0xe9]), 'line 1: the file is not US-ASCII'],
  [
    'UTF-8 that calls itself UTF-16',
    declared('UTF-16', [0xd8, 0xa8]),
    'the file is not UTF-16, declared by a file of single',
  ],
  ['half a unit of UTF-16', Buffer.from([0xff, 0xfe, 0x3c, 0, 0x61]), 'the file is not UTF-16'],
  ['a lone surrogate', Buffer.from([0xff, 0xfe, 0x3c, 0, 0x00, 0xd8, 0x3c, 0]), 'the file is not UTF-16'],
])('%s is named', (_what, bytes, reason) => {
  expect(() => xmlText(bytes)).toThrow(reason);
});

test('what stands before a fault is given', () => {
  expect(xmlStart(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c])).text).toBe('<a>');
});
