import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DECISIONS, inThisSet } from '../src/ops/function-set.ts';
import type { Store } from './store/store.ts';

/** A change of our own code that does harm: what the run must notice. */
export interface Mutant {
  readonly name: string;
  readonly harm: string;
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

export const MUTANTS = JSON.parse(readFileSync(new URL('mutants.json', import.meta.url), 'utf8')) as readonly Mutant[];

export function mutantNamed(name: string): Mutant {
  const found = MUTANTS.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`There is no mutant ${name}.`);
  return found;
}

/** Puts what a mutant changes of the functions that decide into a database. The loader has done the rest (loader.mjs). */
export function mutateFunctions(store: Store, { changes }: Mutant): void {
  const texts = new Map<string, string>();
  for (const { file, from, to } of changes) {
    if (!file.endsWith('.sql')) continue;
    const text = texts.get(file) ?? readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${file}: what the mutant changes is not there once`);
    texts.set(
      file,
      text.replace(from, () => to),
    );
  }
  for (const text of texts.values()) {
    store.look(`set search_path = ${DECISIONS}, public`);
    store.look('set check_function_bodies = off');
    store.look(inThisSet(text.replaceAll('create function', 'create or replace function')));
    store.look('set search_path = public');
  }
}
