import { expect, test } from '@jest/globals';
import { compile, defineSpec, loadSpec, type Codec, type Message } from '../../src/codec/index.ts';
import { SHIPPED } from '../../src/codec/spec/shipped.ts';

/** What must not compile stands behind `@ts-expect-error`: `npm run typecheck` fails where it does compile. */

test.each(Object.keys(SHIPPED) as (keyof typeof SHIPPED)[])(
  'the compiler knows the elements of %s as they are',
  (name) => {
    const { fields } = loadSpec(name);
    const known = Object.entries<readonly number[]>(SHIPPED[name]).flatMap(([type, list]) =>
      list.map((de) => [de, type] as const),
    );
    const real = fields.flatMap((plan, de) => (plan === undefined ? [] : [[de, plan.type] as const]));
    expect(Object.fromEntries(known)).toEqual(Object.fromEntries(real));
  },
);

const codec = compile(loadSpec('kalabarg-pos'));
const message = codec.decode(
  codec.encode({ mti: '0200', fields: { 4: '000012500000', 28: 'D00000100', 41: 'TRM00001', 48: '02003abc' } }),
);

test('elements of a shipped dialect are known', () => {
  const total: string | undefined = message.get(4);
  const amount: bigint | undefined = message.amount(4);
  expect([total, amount]).toEqual(['000012500000', 12_500_000n]);
  expect(message.amount(28)).toBe(-100n);
  expect(message.amount(5)).toBeUndefined();
  expect(message.get('48.02')).toBe('abc');
  // @ts-expect-error -- 1987 has no element 130
  expect(message.get(130)).toBeUndefined();
  // @ts-expect-error -- nor one that is tag 1 of it
  expect(message.get('130.1')).toBeUndefined();
  // @ts-expect-error -- a terminal's name is no amount
  expect(message.amount(41)).toBeUndefined();
});

test('what is only known at run time may be asked for', () => {
  for (const de of message.fields()) expect(message.get(de)).toBeDefined();
  const path: string = ['48', '02'].join('.');
  expect(message.get(path)).toBe('abc');
  const any: Message = message;
  expect(any.get(130)).toBeUndefined();
  const same: Codec = codec;
  expect(same.spec.name).toBe('kalabarg-pos');
});

const mine = compile(
  defineSpec({
    extends: 'iso87-bcd',
    name: 'mine',
    fields: { 60: { format: 'n6', name: 'A count' }, 62: null, 41: { name: 'Renamed' } },
  }),
);

test("elements of a dialect given as a literal are known: its own, its parent's, and not those it took away", () => {
  const own = mine.decode(mine.encode({ mti: '0200', fields: { 4: '000000000700', 41: 'TRM00001', 60: '000042' } }));
  expect([own.amount(60), own.amount(4), own.get(41)]).toEqual([42n, 700n, 'TRM00001']);
  // @ts-expect-error -- taken away
  expect(own.get(62)).toBeUndefined();
  // @ts-expect-error -- keeps its parent's representation, which is text
  expect(own.amount(41)).toBeUndefined();
});

test('a dialect of no parent has what it says', () => {
  const alone = compile(
    defineSpec({ name: 'alone', fields: { 3: { format: 'n6' }, 52: { format: 'b8' }, 102: { format: 'ans..28' } } }),
  );
  const read = alone.decode(alone.encode({ mti: '0200', fields: { 3: '000001', 52: '0011223344556677' } }));
  expect([read.amount(3), read.get(52), read.bytes(52)?.length]).toEqual([1n, '0011223344556677', 8]);
  // @ts-expect-error -- there is no other
  expect(read.get(4)).toBeUndefined();
  // @ts-expect-error -- bytes are no amount
  expect(read.amount(52)).toBeUndefined();
});
