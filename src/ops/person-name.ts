import { GatewayError } from './errors.ts';

/** Maker and checker are two people, and a person is told by a name that somebody typed: so names are compared by how they
 *  look, not by their bytes. */

const LONGEST = 64;

/** Letters of other scripts that look like Latin ones, as far as a name may borrow them (Unicode TR 39, confusables). */
const LOOK_ALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['аΑα', 'a'],
    ['вΒ', 'b'],
    ['сϲ', 'c'],
    ['ԁ', 'd'],
    ['еёΕε', 'e'],
    ['һнΗ', 'h'],
    ['іїΙιı', 'i'],
    ['јϳ', 'j'],
    ['кΚκ', 'k'],
    ['ӏ', 'l'],
    ['мΜ', 'm'],
    ['пΝ', 'n'],
    ['оΟοσ', 'o'],
    ['рΡρ', 'p'],
    ['ԛ', 'q'],
    ['ѕ', 's'],
    ['тΤτ', 't'],
    ['υ', 'u'],
    ['ѵν', 'v'],
    ['ԝ', 'w'],
    ['хΧχ', 'x'],
    ['уүΥγ', 'y'],
    ['Ζ', 'z'],
    ['يىئ', 'ی'],
    ['ك', 'ک'],
    ['ةۀ', 'ه'],
    ['أإآٱ', 'ا'],
    ['ؤ', 'و'],
  ].flatMap(([others = '', latin = '']) => Array.from(others, (each) => [each.toLowerCase(), latin])),
);

/** Whether two names are one person's: whatever the capitals, spaces, marks, invisible characters and look-alikes. */
export function isSamePerson(one: string, other: string): boolean {
  return skeleton(one) === skeleton(other);
}

/** @returns the name without white space around it
 *  @throws GatewayError `person.name` for one that cannot be read: empty, over 64 characters, control or invisible ones */
export function personName(text: string): string {
  const name = text.trim();
  if (name.length <= LONGEST && skeleton(name) !== '' && !/[\p{C}\p{Zl}\p{Zp}]/u.test(name.replaceAll('\u200c', '')))
    return name;
  throw new GatewayError(
    'person.name',
    `${JSON.stringify(text.slice(0, LONGEST))} is not a person's name: give 1 to ${LONGEST} characters that can be read.`,
  );
}

function skeleton(name: string): string {
  const plain = name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/./gu, (each) => LOOK_ALIKES[each] ?? each);
  return plain.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '');
}
