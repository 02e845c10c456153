import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkProfile,
  loadProfile,
  loadProfiles,
  openProfile,
  openProfiles,
  profilePage,
} from '../../src/profiles/index.ts';
import { OWN } from './exchanges.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-profiles-'));
type Json = Record<string, unknown>;
const read = (file: string): Json => JSON.parse(readFileSync(file, 'utf8')) as Json;

type Change = readonly [at: string, value: unknown];
const GONE = Symbol('gone');

/** A copy of native.json with some things changed. */
function changed(...changes: readonly Change[]): string {
  const profile = read(new URL('../../profiles/native.json', import.meta.url).pathname);
  profile['name'] = 'changed';
  for (const [at, value] of changes) {
    const keys = at.slice(1).split('/');
    const last = keys.pop() ?? '';
    let inside = profile;
    for (const key of keys) inside = (inside[key] ??= {}) as Json;
    if (value === GONE) Reflect.deleteProperty(inside, last);
    else inside[last] = value;
  }
  const file = join(folder, 'changed.json');
  writeFileSync(file, JSON.stringify(profile));
  return file;
}

const purchase = (read(new URL('../../profiles/native.json', import.meta.url).pathname)['requests'] as Json)[
  'purchase'
];

describe('what is refused, with place and reason', () => {
  test.each<[string, Change, string, RegExp]>([
    ['a misspelt member', ['/requsts', {}], '/requsts', /not known/],
    ['no title', ['/title', GONE], '/', /title/],
    ['a dialect that there is none of', ['/dialect', 'nowhere'], '/dialect', /cannot be read/],
    [
      'a tag that the dialect lacks',
      ['/requests/purchase/fields/48.zz', 'software'],
      '/requests/purchase/fields/48.zz',
      /has no zz/,
    ],
    [
      'a tag of an element without any',
      ['/requests/purchase/fields/60.1', 'software'],
      '/requests/purchase/fields/60.1',
      /describes nothing/,
    ],
    [
      'a block that nothing describes',
      ['/requests/purchase/fields/63#047', 'quoteRef'],
      '/requests/purchase/fields/63#047',
      /blocks/,
    ],
    ['a kind without one of its values', ['/layouts/head/fields/11', GONE], '/requests/purchase', /needs stan/],
    [
      'an answer that there is none of',
      ['/requests/purchase/answer', 'gone'],
      '/requests/purchase/answer',
      /no answer/,
    ],
    [
      'a layout that there is none of',
      ['/requests/purchase/uses', ['card', 'gone']],
      '/requests/purchase/uses/1',
      /no layout/,
    ],
    ['layouts that go round', ['/layouts/head/uses', ['card']], '/layouts/head/uses', /itself/],
    ['one message twice', ['/requests/twice', purchase], '/requests/twice', /same message/],
    [
      'an answer among the requests',
      ['/requests/purchase/mti', ['0200', '0210']],
      '/requests/purchase/mti',
      /is an answer/,
    ],
    [
      'a value of answers in a request',
      ['/requests/purchase/fields/60', 'voucher'],
      '/requests/purchase/fields',
      /value of answers/,
    ],
    [
      'an approval told as a refusal',
      ['/codes', { out: { '00': '05' }, in: { '05': '51' } }],
      '/codes/out/00',
      /approval and a refusal/,
    ],
    ['a code without a way back', ['/codes', { out: { '51': 'Z9' } }], '/codes/out/51', /no way back/],
    [
      'Iran System where only text may stand',
      ['/layouts/answer/fields/48.13', { value: 'text', page: 'iran-system' }],
      '/layouts/answer/fields/48.13',
      /b element/,
    ],
    [
      'an assumption about nothing',
      ['/assumed', [{ at: '/requests/gone', fa: 'x', en: 'x' }]],
      '/assumed/0/at',
      /nothing at/,
    ],
    [
      'a map with two of one meaning',
      ['/requests/network/fields/70', { value: 'network', map: { '1': '001', '2': '001' } }],
      '/requests/network/fields/70/map',
      /cannot be written back/,
    ],
    ['nothing for all else', ['/otherwise/', GONE], '/otherwise', /to all else/],
  ])('%s', (_name, change, at, reason) => {
    const found = checkProfile(changed(change)).faults.filter((fault) => fault.at === at);
    expect(found.some((fault) => reason.test(fault.reason))).toBe(true);
    expect(() => loadProfile(changed(change))).toThrow(expect.objectContaining({ code: 'terminal-profile.invalid' }));
  });

  test.each([
    ['no JSON', '{', /not JSON/],
    ['a list', '[]', /object/],
    ['one that extends itself', '{"extends":"./broken.json"}', /goes round/],
  ])('%s', (_name, text, reason) => {
    const file = join(folder, 'broken.json');
    writeFileSync(file, text);
    expect(() => loadProfile(file)).toThrow(reason);
  });

  test('a name that another profile has', () => {
    const own = mkdtempSync(join(tmpdir(), 'kalabarg-own-'));
    writeFileSync(
      join(own, 'mine.json'),
      JSON.stringify({ extends: 'native', name: 'native', title: { fa: 'x', en: 'x' } }),
    );
    expect(() => loadProfiles(own)).toThrow(/has the name "native" already/);
  });
});

test.each(['native', 'sadad-like', 'behpardakht-like', join(OWN, 'desert.json')])(
  '%s has no fault, and is played both ways',
  (file) => {
    const { faults, played } = checkProfile(file);
    expect(faults).toEqual([]);
    expect(played.length).toBeGreaterThanOrEqual(2);
  },
);

test('examples go both ways, and one that does not is a fault', () => {
  const example = (rrn: string) => ({
    title: { fa: 'ارتباط', en: 'echo' },
    request: { mti: '0800', fields: { 7: '1123090000', 11: '000001', 41: '10000001', 70: '301' } },
    means: { kind: 'network', code: '301' },
    answer: { rc: '00' },
    writes: { mti: '0810', fields: { 7: '1123090000', 11: '000001', 39: rrn, 41: '10000001', 70: '301' } },
  });
  expect(checkProfile(changed(['/examples', [example('00')]])).faults).toEqual([]);
  expect(checkProfile(changed(['/examples', [example('00'), example('05')]])).faults).toMatchObject([
    { at: '/examples/1/writes/fields/39' },
  ]);
  const short = { ...example('00'), writes: { mti: '0810', fields: { 7: '1123090000', 39: '00', 41: '10000001', 70: '301' } } }; // prettier-ignore
  expect(checkProfile(changed(['/examples', [short]])).faults).toMatchObject([{ at: '/examples/0/writes/fields/11' }]);
});

test.each(['native', 'sadad-like', 'behpardakht-like'])('%s has examples, which all hold', (name) => {
  const { faults, examples } = checkProfile(name);
  expect([faults, examples]).toEqual([[], 8]);
});

test('a profile of an operator changes one thing of another', () => {
  const own = mkdtempSync(join(tmpdir(), 'kalabarg-own-'));
  const mine = {
    extends: 'sadad-like',
    name: 'sadad-echo',
    title: { fa: 'x', en: 'x' },
    answers: { sale: { fields: { '37': null } } },
  };
  writeFileSync(join(own, 'mine.json'), JSON.stringify(mine));
  const profile = openProfiles(own).get('sadad-echo')!;
  const request = {
    mti: '0200',
    get: (de: number | string) => (Number(de) === 3 ? '680000' : undefined),
    fields: () => [],
    entries: () => [],
  };
  expect(profile.write(request, { rc: '00', rrn: '632712000009' }, 0).fields[37]).toBeUndefined();
});

test.each(['fa', 'en'] as const)('the page of a profile in %s has every request, place and assumption', (language) => {
  for (const loaded of loadProfiles(OWN).values()) {
    const html = profilePage(loaded, language);
    expect(html).toContain(language === 'fa' ? 'dir="rtl"' : 'dir="ltr"');
    for (const [name, request] of Object.entries(loaded.file.requests)) {
      expect(html).toContain(`id="${name}"`);
      for (const mti of request.mti) expect(html).toContain(`<code>${mti}</code>`);
    }
    for (const { at } of loaded.file.assumed ?? []) expect(html).toContain(at);
    for (const { title, request } of loaded.file.examples ?? []) {
      expect(html).toContain(`<h3>${title[language]}</h3>`);
      expect(html).toContain(Buffer.from(openProfile(loaded).codec.encode(request)).toString('hex').toUpperCase());
    }
    expect(html).not.toMatch(/undefined|\[object/);
  }
});
