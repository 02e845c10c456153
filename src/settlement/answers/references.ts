import { maskPan } from '../../field/pan.ts';
import { isReference } from './model.ts';

type Values = ReadonlyMap<string, string>;

/** Longest reference of ISO 20022 (Max35Text), and the shortest that could be one of ours. */
const LONGEST = 35;
const SHORTEST = 6;
const MOST_WORDS = 50;
const MOST_SHOWN = 300;

/** What stands at these paths and may be a reference of ours, each once. */
export function referencesOf(values: Values, paths: readonly string[]): string[] {
  const found = paths.map((path) => values.get(path)?.trim()).filter(isReference);
  return [...new Set(found.filter((each) => each.length <= LONGEST))];
}

/** Words of free texts that may be a reference of ours, each once. Persian and Arabic digits are read as Latin ones. */
export function wordsOf(values: Values, paths: readonly string[]): string[] {
  const words = new Set<string>();
  for (const path of paths) {
    const text = values.get(path) ?? '';
    const latin = text.replace(/[۰-۹٠-٩]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
    for (const word of latin.split(/[^A-Za-z0-9]+/)) {
      if (word.length >= SHORTEST && word.length <= LONGEST && words.size < MOST_WORDS) words.add(word);
    }
  }
  return [...words];
}

/** What stands at these paths, for a person: `InstrId BANKREF0001, …`. What could be a card number is masked. */
export function shownOf(values: Values, paths: readonly string[]): string {
  const parts = paths.flatMap((path) => {
    const value = values.get(path);
    return value === undefined ? [] : [`${path.replace(/^.*\//, '')} ${value}`];
  });
  const text = parts.join(', ').replace(/(?<![A-Za-z0-9])\d{16,19}(?!\d)/g, maskPan);
  return text.slice(0, MOST_SHOWN).replace(/\p{Surrogate}$/u, '');
}
