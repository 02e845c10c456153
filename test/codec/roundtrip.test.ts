import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { compile, loadSpec, type ElementPlan } from '../../src/codec/index.ts';

const conformance = new URL('../conformance/specs/', import.meta.url);
const ours = ['kalabarg-pos', 'bank-switch', 'iso87-ascii', 'iso87-ascii-hexbitmap', 'iso87-bcd', 'iso87-ebcdic'];
const names = [
  ...[...ours, 'iso93-ascii', 'iso93-bcd', 'iso2003-ascii'],
  ...readdirSync(conformance).map((file) => new URL(file, conformance).pathname),
];

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const SPECIALS = '!#$%&()*+,-./:;<>?@_';
const ALPHABETS: Readonly<Record<string, string>> = {
  n: DIGITS,
  a: LETTERS,
  s: SPECIALS,
  an: LETTERS + DIGITS,
  as: LETTERS + SPECIALS,
  ns: DIGITS + SPECIALS,
  ans: LETTERS + DIGITS + SPECIALS,
  anp: LETTERS + DIGITS,
  z: DIGITS,
};
const LONGEST = 60;

/** Values that an element may have. Content is left to tests of its own. */
function valuesOf(plan: ElementPlan): fc.Arbitrary<string> {
  // Where a length counts bytes of packed digits, only whole bytes can be said.
  const step = plan.encoding === 'bcd' && plan.prefix?.counts === 'bytes' ? 2 : 1;
  const least = Math.max(1, Math.ceil(plan.min / step));
  const most = Math.max(least, Math.floor(Math.min(plan.max, Math.max(LONGEST, plan.min)) / step));
  return fc.integer({ min: least, max: most }).chain((count) => {
    const units = plan.prefix === undefined && plan.pad === undefined ? plan.max : count * step;
    if (plan.type === 'b') return textOf('0123456789ABCDEF', units * 2);
    if (plan.type === 'x+n') return textOf(DIGITS, units - 1).map((digits) => `C${digits}`);
    const text = textOf(ALPHABETS[plan.type] ?? DIGITS, units);
    if (plan.pad === undefined) return text;
    const { with: filler, side } = plan.pad;
    const bare = (value: string): string =>
      side === 'left' ? value.replace(new RegExp(`^[${filler}]+`), '') : value.replace(new RegExp(`[${filler}]+$`), '');
    return text.map(bare);
  });
}

function textOf(alphabet: string, length: number): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom(...Array.from(alphabet)), { minLength: length, maxLength: length })
    .map((all) => all.join(''));
}

test.each(names)('%s: what is encoded reads back the same, for any sound message', (name) => {
  const spec = loadSpec(name);
  const codec = compile(spec);
  const version = spec.mti.versions.charAt(0);
  const elements = spec.fields.flatMap((plan, de) =>
    plan === undefined || plan.content !== undefined ? [] : [{ de, plan }],
  );
  const message = fc
    .uniqueArray(fc.constantFrom(...elements), { minLength: 1, maxLength: 14, selector: ({ de }) => de })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map(({ de, plan }) => [de, valuesOf(plan)]))));
  fc.assert(
    fc.property(fc.constantFrom('200', '210', '800'), message, (rest, fields) => {
      const mti = version + rest;
      const bytes = codec.encode({ mti, fields });
      const decoded = codec.decode(bytes);
      expect(decoded.clearFields()).toEqual({ mti, fields });
      expect(decoded.encode()).toEqual(bytes);
    }),
    { numRuns: 60 },
  );
});
