import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { anatomyOf, type Transaction } from '../../src/profiles/index.ts';
import { ARRIVAL, loaded, opened } from './exchanges.ts';

interface Golden {
  readonly step: string;
  readonly request: string;
  readonly answer: string;
}

const OTHER = { stan: '777777', quoteRef: '1632713000009', quoteRrn: '632713000009' };

test.each([...opened.keys()])('every value of %s is found where it stands, and another is put in its place', (name) => {
  const { codec, read } = opened.get(name)!;
  const anatomy = anatomyOf(loaded.get(name)!, codec);
  const golden = JSON.parse(readFileSync(new URL(`exchanges/${name}.json`, import.meta.url), 'utf8')) as Golden[];
  for (const { step, request } of golden) {
    const message = codec.decode(Buffer.from(request, 'hex'));
    const before = read(message, ARRIVAL) as Transaction;
    const changed = anatomy
      .request(message)
      .reduce((all, part) => (part.name! in OTHER ? part.put(all, OTHER[part.name as 'stan']) : all), message);
    const quoted = 'quoteRef' in before && before.quoteRef !== undefined ? { quoteRef: OTHER.quoteRef } : {};
    expect([step, read(codec.decode(changed.encode()), ARRIVAL)]).toMatchObject([step, { kind: before.kind, stan: OTHER.stan, ...quoted }]); // prettier-ignore
  }
  const keys = golden.find(({ step }) => step === 'keys')!;
  const [asked, told] = [keys.request, keys.answer].map((hex) => codec.decode(Buffer.from(hex, 'hex')));
  const names = anatomy.answer(asked, told!).map((part) => part.name);
  expect(names).toEqual(expect.arrayContaining(['tpk', 'tak']));
});
