import { describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { compile, loadSpec, type FieldInput } from '../../src/codec/index.ts';
import { contentHash } from '../../src/handlers/context.ts';
import { openProfiles } from '../../src/profiles/index.ts';

const codec = compile(loadSpec('kalabarg-pos'));
const native = openProfiles().get('native')!;
const KEY = Buffer.alloc(32, 1);
type Tags = Readonly<Record<string, string>>;

function hashOf(tags: Tags | undefined, fields: Readonly<Record<number, FieldInput>> = {}, mti = '0200'): string {
  const private48 = tags === undefined ? {} : { 48: tags };
  return contentHash(codec.decode(codec.encode({ mti, fields: { 3: '179800', 11: '000124', ...private48, ...fields } })), native.notContent, KEY).toString('hex'); // prettier-ignore
}

const TAGS: Tags = { '02': '2.1.0', '14': '1234567890123' };

describe('wire.md 9.1: what makes two requests the same', () => {
  const all = Array.from({ length: 99 }, (_, at) => String(at + 1).padStart(2, '0'));
  test.each(all.filter((tag) => tag !== '20' && tag !== '21'))('another DE 48 tag %s is other content', (tag) => {
    const hashes = [hashOf(TAGS), hashOf({ ...TAGS, [tag]: 'a' }), hashOf({ ...TAGS, [tag]: 'b' })];
    expect(new Set(hashes).size).toBe(3);
  });

  test.each<[what: string, tags: Tags, fields: Readonly<Record<number, FieldInput>>, mti: string]>([
    ['a PIN block in tag 20', { ...TAGS, '20': 'AB'.repeat(16) }, {}, '0200'],
    ['a KSN in tag 21', { ...TAGS, '21': 'AB'.repeat(10) }, {}, '0200'],
    ['a PIN block in DE 52', TAGS, { 52: 'A1B2C3D4E5F60718' }, '0200'],
    ['a key scheme', TAGS, { 53: '01'.padEnd(16, '0') }, '0200'],
    ['DE 7', TAGS, { 7: '1123041907' }, '0200'],
    ['a MAC', TAGS, { 64: '0123456789ABCDEF' }, '0200'],
    ['the MTI of a repeat', TAGS, {}, '0201'],
  ])('%s is not', (_what, tags, fields, mti) => {
    expect(hashOf(tags, fields, mti)).toBe(hashOf(TAGS));
  });

  test.each<[what: string, tags: Tags | undefined, content: string]>([
    ['no DE 48', undefined, ''],
    ['some of the first five tags', TAGS, '|48=01:;02:2.1.0;10:;14:1234567890123;15:'],
    ['beside a PIN', { ...TAGS, '20': 'AB'.repeat(16) }, '|48=01:;02:2.1.0;10:;14:1234567890123;15:'],
    ['a PIN alone', { '20': 'AB'.repeat(16) }, '|48=01:;02:;10:;14:;15:'],
  ])('the hash that older versions stored stays: %s', (_what, tags, content) => {
    const stored = createHmac('sha256', KEY).update(`020|3=179800|11=000124${content}`);
    expect(hashOf(tags)).toBe(stored.digest('hex'));
  });
});
