import { hash, verify } from '@node-rs/argon2';
import { readFileSync } from 'node:fs';
import { GatewayError } from '../ops/errors.ts';

/** Passwords: what is taken, and how they are kept. argon2id with 19 MiB and two passes (OWASP). It runs beside the event loop, in few
 *  places at once: a flood of sign-ins takes neither the memory nor the processors from purchases. */

const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const AT_ONCE = 2;
const MOST_WAITING = 64;

const SHORTEST = 12;
const LONGEST = 128;
const FEWEST_DIFFERENT = 5;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes the same time where nobody has that name.
   *  @param stored undefined: there is nothing to compare with, and the answer is false
   *  @throws GatewayError `people.busy` */
  verify(password: string, stored: string | undefined): Promise<boolean>;
  /** @param about names that a password may not be made of
   *  @throws GatewayError `password.weak`: says what it lacks */
  demandStrong(password: string, about: readonly string[]): void;
}

/** @param pepper 32 bytes, kept outside the database */
export function openPasswords(pepper: Buffer): Passwords {
  const options = { ...COST, secret: pepper };
  const inTurn = turns();
  let nobodys: Promise<string> | undefined;
  let common: ReadonlySet<string> | undefined; // read when a password is chosen, which is rare
  return {
    hash: (password) => inTurn(() => hash(plain(password), options)),
    verify: async (password, stored) => {
      nobodys ??= hash('nobody has this password', options);
      const compared = stored ?? (await nobodys);
      const given = plain(password);
      const right = await inTurn(() => verify(compared, given.slice(0, LONGEST), options));
      return right && stored !== undefined && given.length <= LONGEST;
    },
    demandStrong: (password, about) => {
      common ??= commonPasswords();
      const fault = weaknessOf(plain(password), about, common);
      if (fault !== undefined) throw new GatewayError('password.weak', `The password ${fault}.`);
    },
  };
}

function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= AT_ONCE) {
      if (waiting.length >= MOST_WAITING)
        throw new GatewayError('people.busy', 'Too many people sign in at this moment. Try again in a minute.');
      await new Promise<void>((go) => waiting.push(go));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

/** The same password whichever keyboard composed its letters. */
function plain(password: string): string {
  return password.normalize('NFKC');
}

function weaknessOf(password: string, about: readonly string[], common: ReadonlySet<string>): string | undefined {
  const characters = Array.from(password);
  if (characters.length < SHORTEST) return `has fewer than ${SHORTEST} characters`;
  if (password.length > LONGEST) return `has more than ${LONGEST} characters`;
  if (new Set(characters).size < FEWEST_DIFFERENT) return `has fewer than ${FEWEST_DIFFERENT} different characters`;
  const small = password.toLowerCase();
  if (about.some((name) => name.length > 2 && small.includes(name.toLowerCase())))
    return 'has the name of its person in it';
  if (isRun(small)) return 'is a row of neighbouring characters';
  return isCommon(small, common) ? 'is one of those that are tried first' : undefined;
}

/** Nearly every character is the same as the one before, or its neighbour: `abcdefghijkl`, `123456123456`. */
function isRun(text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const near = codes.filter((code, index) => index > 0 && Math.abs(code - (codes[index - 1] ?? 0)) <= 1).length;
  return near >= codes.length - 3;
}

const LOOKS_LIKE: Readonly<Record<string, string>> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's' }; // prettier-ignore

/** A listed password, or a listed word (written twice, or with figures for letters) with only figures and signs around it. */
function isCommon(small: string, listed: ReadonlySet<string>): boolean {
  const half = small.slice(0, small.length / 2);
  if (listed.has(small) || (half + half === small && listed.has(half))) return true;
  const bare = small.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const translated = bare.replace(/[013457@$]/g, (figure) => LOOKS_LIKE[figure] ?? figure);
  return [bare, translated].some((stem) => {
    const same = stem.slice(0, stem.length / 2);
    return listed.has(stem) || (same + same === stem && listed.has(same));
  });
}

function commonPasswords(): ReadonlySet<string> {
  const lines = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8').split('\n');
  return new Set(lines.filter((line) => line !== '' && !line.startsWith('#')));
}
