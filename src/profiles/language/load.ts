import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodecError, loadSpec, type Spec } from '../../codec/index.ts';
import { fileFault, GatewayError } from '../../ops/errors.ts';
import { schemaCheck } from '../../ops/schema.ts';
import { meaningFaults } from './meaning.ts';
import { pointer, type ProfileFault } from './fault.ts';
import { ProfileSchema, type ProfileFile } from './schema.ts';

/** A profile as it was loaded: its file with what it extends, and its dialect. */
export interface LoadedProfile {
  readonly file: ProfileFile;
  readonly spec: Spec;
  /** The name of the dialect, or the path of its file: what captures say (`kalabarg capture`). */
  readonly dialect: string;
  /** Where it was read from. */
  readonly path: string;
}

/** The profiles that come with the gateway. */
const OWN_PROFILES = fileURLToPath(new URL('../../../profiles/', import.meta.url));
/** The contract itself. */
export const NATIVE_FILE = join(OWN_PROFILES, 'native.json');
const MAX_EXTENDS = 8;
const MAX_BYTES = 1_000_000;
const SCHEMA_FILE = 'profile.schema.json';

type Json = Readonly<Record<string, unknown>>;

/** The files of the profiles that this gateway has: its own, then those of the operator's folder. Two of one name are a fault.
 *  @param folder empty: none
 *  @throws GatewayError `terminal-profile.invalid` */
export function profileFiles(folder: string): readonly string[] {
  return [...jsonIn(OWN_PROFILES), ...(folder === '' ? [] : jsonIn(folder))];
}

function jsonIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw new GatewayError('terminal-profile.invalid', fileFault(folder, 'read', cause), { cause });
  }
  return names
    .filter((name) => name.endsWith('.json') && name !== SCHEMA_FILE && !name.endsWith('.dialect.json'))
    .sort()
    .map((name) => join(folder, name));
}

/** Reads a profile, one of ours by its name or a file, and refuses one that is wrong.
 *  @throws GatewayError `terminal-profile.invalid`: file, JSON pointer and reason of every fault */
export function loadProfile(file: string): LoadedProfile {
  const path = /^[\w-]+$/.test(file) ? join(OWN_PROFILES, `${file}.json`) : resolve(file);
  const merged = readWithParents(path, 0);
  const broken = check(merged).map(({ path: way, unknownKey, reason }) => ({
    at: pointer(way),
    reason: unknownKey ? 'is not known here' : reason,
  }));
  if (broken.length > 0) throw invalid(path, closest(broken));
  const profile = merged as unknown as ProfileFile;
  const dialect = dialectOf(profile.dialect, path);
  let spec: Spec;
  try {
    spec = loadSpec(dialect);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw invalid(path, [{ at: '/dialect', reason: `${error.path}: ${error.reason}` }]);
  }
  const faults = meaningFaults(profile, spec);
  if (faults.length > 0) throw invalid(path, faults);
  return { file: profile, spec, dialect, path };
}

const check = schemaCheck(ProfileSchema);

/** A choice of shapes has a fault for each: the deepest say what is meant. */
function closest(faults: readonly ProfileFault[]): ProfileFault[] {
  const seen = new Set<string>();
  return faults.filter(({ at, reason }) => {
    const inside = faults.some((other) => other.at.startsWith(`${at}/`));
    const key = `${at} ${reason}`;
    if (inside || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function invalid(file: string, faults: readonly ProfileFault[]): GatewayError {
  const told = faults.slice(0, 50).map(({ at, reason }) => `${at === '' ? '/' : at}: ${reason}`);
  return new GatewayError('terminal-profile.invalid', `${file} is not a valid profile:\n  ${told.join('\n  ')}`);
}

/** A dialect of specs/ by its name, or a file beside the profile. */
function dialectOf(dialect: string, profilePath: string): string {
  return /^[\w-]+$/.test(dialect) ? dialect : resolve(dirname(profilePath), dialect);
}

function readWithParents(path: string, depth: number): Json {
  const own = readJson(path);
  const parent = own['extends'];
  if (parent === undefined) return own;
  if (typeof parent !== 'string') throw invalid(path, [{ at: '/extends', reason: 'must name a profile' }]);
  if (depth >= MAX_EXTENDS)
    throw invalid(path, [{ at: '/extends', reason: `goes round, or is more than ${MAX_EXTENDS} deep` }]);
  const from = /^[\w-]+$/.test(parent) ? join(OWN_PROFILES, `${parent}.json`) : resolve(dirname(path), parent);
  const base = readWithParents(from, depth + 1);
  // A dialect beside the parent stays there.
  const dialect = typeof base['dialect'] === 'string' ? dialectOf(base['dialect'], from) : undefined;
  // What was said of the parent's messages need not be so of these.
  const kept = { ...base, examples: undefined, ...(dialect === undefined ? {} : { dialect }) };
  return merged(kept, own, 0);
}

function readJson(path: string): Json {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new GatewayError('terminal-profile.invalid', fileFault(path, 'read', cause), { cause });
  }
  if (text.length > MAX_BYTES) throw invalid(path, [{ at: '', reason: `longer than ${MAX_BYTES} characters` }]);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(path, [{ at: '', reason: `not JSON: ${(error as SyntaxError).message}` }]);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalid(path, [{ at: '', reason: 'must be a JSON object' }]);
  return json as Json;
}

/** Objects are merged, everything else is replaced; the name is the file's own. */
function merged(base: Json, own: Json, depth: number): Json {
  const all: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) {
    if (key === '__proto__') continue;
    const before = all[key];
    all[key] =
      depth < 8 && isJson(before) && isJson(value) && !isContent(value) ? merged(before, value, depth + 1) : value;
  }
  return all;
}

/** What stands in a place is replaced as a whole: half of one content and half of another is none. */
function isContent(value: Json): boolean {
  return ['value', 'constant', 'computed', 'slices', 'list', 'lines', 'pages'].some((key) => key in value);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
