import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodecError } from '../error.ts';
import type { ElementPlan, Spec } from '../plan.ts';
import type { FieldsOf, ShippedFields, ShippedName } from '../typed.ts';
import { checkDefaults, elementPlan } from './element.ts';
import { presencePlans } from './presence.ts';
import { Node } from './raw.ts';

type Json = Readonly<Record<string, unknown>>;

const OWN_SPECS = fileURLToPath(new URL('../../../specs/', import.meta.url));
const MAX_EXTENDS = 8;
/** Objects inside each other that are merged: section, element, prefix. What is deeper is refused anyway. */
const MAX_SECTIONS = 8;

/** Reads a dialect: one of ours by its name (`kalabarg-pos`), or a file (`./my.json`).
 *  @throws CodecError with code `spec`; its path names the file and the place in it */
export function loadSpec<N extends ShippedName>(name: N): Spec<ShippedFields<N>>;
export function loadSpec(nameOrFile: string): Spec;
export function loadSpec(nameOrFile: string): Spec {
  const file = fileOf(nameOrFile, process.cwd());
  return resolveSpec(read(file, 0), file);
}

/** A dialect given as an object rather than a file. `extends` may name one of ours. The compiler knows its elements. @throws CodecError */
export function defineSpec<const J extends Json>(json: J, label = 'spec'): Spec<FieldsOf<J>> {
  const parent: unknown = json['extends'];
  const base = typeof parent === 'string' ? read(fileOf(parent, process.cwd()), 1) : {};
  return resolveSpec(merge(base, json), label) as Spec<FieldsOf<J>>;
}

function fileOf(nameOrFile: string, folder: string): string {
  if (/^[\w-]+$/.test(nameOrFile)) return resolve(OWN_SPECS, `${nameOrFile}.json`);
  return isAbsolute(nameOrFile) ? nameOrFile : resolve(folder, nameOrFile);
}

function read(file: string, depth: number): Json {
  const fault = (reason: string): CodecError => new CodecError('spec', file, 0, reason);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fault(error instanceof SyntaxError ? `not JSON: ${error.message}` : unreadable(error));
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw fault('must be a JSON object');
  const own = json as Json;
  const parent = own['extends'];
  if (parent === undefined) return own;
  if (typeof parent !== 'string') throw fault('extends must name a dialect');
  if (depth >= MAX_EXTENDS) throw fault(`extends goes round, or more than ${MAX_EXTENDS} deep`);
  return merge(read(fileOf(parent, dirname(file)), depth + 1), own);
}

/** Why a file of a dialect cannot be read, and what to do. */
function unreadable(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const why =
    code === 'ENOENT' || code === 'ENOTDIR'
      ? 'there is no such file'
      : code === 'EISDIR'
        ? 'it is a folder, not a file'
        : 'this user may not read it';
  return `cannot be read: ${why}. Give the name of a dialect (kalabarg-pos), or the path of its file`;
}

/** The child over its parent: sections are merged, a field's keys over the parent's; null takes away. */
function merge(parent: Json, child: Json, depth = 0): Json {
  const merged: Record<string, unknown> = { ...parent };
  for (const [key, value] of Object.entries(child)) {
    const base = merged[key];
    if (value === null) merged[key] = undefined;
    else if (depth < MAX_SECTIONS && isObject(base) && isObject(value) && key !== 'content' && key !== 'values')
      merged[key] = merge(base, value, depth + 1);
    else merged[key] = value;
  }
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function resolveSpec(json: Json, file: string): Spec {
  const root = new Node(json, file, '');
  root.only('name', 'title', 'extends', 'mti', 'bitmap', 'types', 'prefix', 'fields', 'presence');
  const name = root.text('name');
  if (name === undefined) throw root.fault('name', 'missing');
  const [mti, bitmap] = [root.node('mti'), root.node('bitmap')];
  mti.only('encoding', 'versions');
  bitmap.only('encoding', 'count', 'third', 'secondary');
  const versions = mti.text('versions', '012');
  if (!/^\d+$/.test(versions)) throw mti.fault('versions', 'must be first digits of MTIs; for example 012');
  const count = bitmap.integer('count', 1, 3, 2);
  const secondary = bitmap.oneOf('secondary', ['as-needed', 'always'], 'as-needed');
  if (secondary === 'always' && count < 2) throw bitmap.fault('secondary', 'always: this dialect has one bitmap');
  return {
    name,
    title: root.text('title', ''),
    mti: {
      encoding: mti.oneOf('encoding', ['ascii', 'bcd', 'ebcdic', 'ebcdic-500', 'ebcdic-037'], 'ascii'),
      versions,
    },
    bitmap: {
      encoding: bitmap.oneOf('encoding', ['binary', 'hex', 'hex-ebcdic'], 'binary'),
      count,
      third: bitmap.oneOf('third', ['behind', 'in-place'], 'behind'),
      secondary,
    },
    fields: fieldPlans(root, count * 64, count === 3),
    presence: presencePlans(root),
  };
}

function fieldPlans(root: Node, last: number, tertiary: boolean): (ElementPlan | undefined)[] {
  const node = root.node('fields');
  const plans = new Array<ElementPlan | undefined>(last + 1).fill(undefined);
  const defaults = { types: root.node('types'), prefix: root.node('prefix') };
  checkDefaults(defaults);
  for (const key of node.keys()) {
    const de = Number(key);
    if (!/^[1-9]\d*$/.test(key) || de < 2 || de > last) throw node.fault(key, `not an element from 2 to ${last}`);
    if (tertiary && de === 65 && node.has(key)) throw node.fault(key, 'is the bit of the third bitmap');
    if (node.has(key)) plans[de] = elementPlan(node.node(key), defaults);
  }
  return plans;
}
