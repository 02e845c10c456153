import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, reasonOf } from '../../ops/errors.ts';
import { keyLines, MAX_NESTING, tooDeepAt } from './lines.ts';

export type Json = Readonly<Record<string, unknown>>;

/** One file of a dialect: what it says itself, without what it extends. */
export interface SpecSource {
  readonly file: string;
  readonly json: Json;
  /** The line of each key, by JSON path (`fields.48.format`). */
  readonly lines: ReadonlyMap<string, number>;
  /** Keys that stand twice in one object: the first of each is lost. */
  readonly twice: readonly string[];
}

/** Why a file is no dialect at all. */
export interface Unreadable {
  readonly file: string;
  readonly path: string;
  readonly reason: string;
}

const OWN_SPECS = fileURLToPath(new URL('../../../specs/', import.meta.url));
const MAX_EXTENDS = 8;
const MAX_BYTES = 16 << 20;

/** The file of a dialect given by name (`kalabarg-pos`) or path, seen from `folder`. */
export function specFile(nameOrFile: string, folder = process.cwd()): string {
  if (/^[\w-]+$/.test(nameOrFile)) return resolve(OWN_SPECS, `${nameOrFile}.json`);
  return isAbsolute(nameOrFile) ? nameOrFile : resolve(folder, nameOrFile);
}

/** A dialect's files, the oldest ancestor first. */
export function specChain(nameOrFile: string): SpecSource[] | Unreadable {
  const chain: SpecSource[] = [];
  for (let file: string | undefined = specFile(nameOrFile); file !== undefined;) {
    if (chain.length > MAX_EXTENDS || chain.some((one) => one.file === file))
      return {
        file: chain[0]?.file ?? file,
        path: 'extends',
        reason: `goes round, or more than ${MAX_EXTENDS} deep`,
      };
    const source: SpecSource | Unreadable = readSource(file);
    if ('reason' in source) return source;
    chain.unshift(source);
    const parent: unknown = source.json['extends'];
    if (parent !== undefined && typeof parent !== 'string')
      return { file, path: 'extends', reason: 'extends must name a dialect' };
    file = parent === undefined ? undefined : specFile(parent, dirname(file));
  }
  return chain;
}

function readSource(file: string): SpecSource | Unreadable {
  let json: unknown;
  let text: string;
  try {
    if (statSync(file).size > MAX_BYTES) return { file, path: '', reason: `larger than ${MAX_BYTES} bytes` };
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = `cannot be read: ${reasonOf(error)}. Give the name of a dialect (kalabarg-pos), or the path of its file`;
    return { file, path: '', reason };
  }
  const deep = tooDeepAt(text);
  if (deep !== undefined)
    return { file, path: '', reason: `line ${deep}: more than ${MAX_NESTING} objects and lists inside each other` };
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { file, path: '', reason: `not JSON: ${messageOf(error)}` };
  }
  if (!isObject(json)) return { file, path: '', reason: 'must be a JSON object' };
  return { file, json, ...keyLines(text) };
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The child over its parent, as the codec's loader does it: `content` and `values` are replaced whole, null takes away. */
export function mergeSpec(parent: Json, child: Json): Json {
  const merged: Record<string, unknown> = { ...parent };
  for (const [key, value] of Object.entries(child)) {
    const base = merged[key];
    if (value === null) Reflect.deleteProperty(merged, key);
    else if (isObject(base) && isObject(value) && key !== 'content' && key !== 'values')
      merged[key] = mergeSpec(base, value);
    else merged[key] = value;
  }
  return merged;
}
