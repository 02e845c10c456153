import type { ContentFile, Fields, LayoutFile, ListFile, SourceFile, ValueFile } from '../language/schema.ts';
import { REQUEST_NAMES, REQUEST_VALUES, type Form, type RequestValue } from '../language/values.ts';
import { DEFAULT_WIDTHS } from './blocks.ts';
import { amountsIn } from './computed.ts';
import { derivation } from './derived.ts';
import { isBytesOfText, textOfHex, type Ground } from './ground.ts';
import { placedInLines } from './lines.ts';
import { fromPage } from './page.ts';
import { parsePath, type Path } from './path.ts';
import type { Read, Reads, Source } from './source.ts';

/** Where a value stands, and how it is read. */
export interface Placed {
  readonly name: string;
  readonly path: string;
  readonly read: Read;
  readonly list?: ListFile;
}

/** Every value that stands somewhere in a layout. */
export function placedIn(fields: Fields, ground: Ground): Placed[] {
  return Object.entries(fields).flatMap(([text, content]) => {
    if (content === null) return [];
    const path = parsePath(text);
    return placedAt(path, content, rawRead(path, content, ground), ground);
  });
}

function placedAt(path: Path, content: ContentFile, raw: Read, ground: Ground): Placed[] {
  if (typeof content === 'string') return [placedValue(path, { value: content }, raw, isWhole(path, content, ground))];
  if ('value' in content) return [placedValue(path, content, raw, isWhole(path, content.value, ground))];
  if ('list' in content) {
    const name = content.list === 'basket' ? 'basket' : 'verdicts';
    return [{ name, path: path.text, read: raw, list: content }];
  }
  if ('computed' in content) {
    if (content.computed !== 'amounts') return [];
    return (['voucher', 'card', 'cash', 'left'] as const).map((name) => {
      return { name, path: path.text, read: (s: Source) => amountsIn(raw(s))[name] };
    });
  }
  if ('lines' in content) return placedInLines(path, content, raw);
  if (!('slices' in content)) return [];
  const widths = content.slices.map((part) => (Array.isArray(part) ? part[1] : part.width));
  const whole = widths.reduce((sum, width) => sum + width, 0);
  let from = 0;
  return content.slices.flatMap((part, n) => {
    const [start, end] = [from, (from += widths[n] ?? 0)];
    if (!Array.isArray(part)) return [];
    const of = typeof part[0] === 'string' ? { value: part[0] } : part[0];
    const slice: Read = (s) => {
      const text = raw(s);
      if (text === undefined) return undefined;
      return text.length === whole ? text.slice(start, end) : s.fail(path.text, `not ${whole} characters`);
    };
    return [placedValue(path, of, slice, false)];
  });
}

/** What stands in a place, as text. */
export function rawRead(path: Path, content: ContentFile, ground: Ground): Read {
  const { de, keys, block } = path;
  const bytes = isBytesOfText(path, content, ground);
  if (block !== undefined) {
    const widths = ground.blocks[String(de)] ?? DEFAULT_WIDTHS;
    return (s) => s.block(de, block, widths, bytes);
  }
  const [key, ...below] = keys;
  const read: Read = key === undefined ? (s) => s.message.get(de) : (s) => s.part(de, key, below);
  if (!bytes) return read;
  return (s) => {
    const hex = read(s);
    return hex === undefined ? undefined : textOfHex(hex);
  };
}

/** Whether the dialect sees to the form of a value already: digits, as many as they must be. */
function isWhole({ de, keys, block }: Path, name: string, { spec }: Ground): boolean {
  const form = (REQUEST_VALUES as Readonly<Record<string, Form>>)[name];
  const plan = spec.fields[de];
  if (form === undefined || plan?.type !== 'n' || keys.length > 0 || block !== undefined) return false;
  return (form.digits === plan.max && plan.min === plan.max) || (form.upTo !== undefined && plan.max <= form.upTo);
}

function placedValue(path: Path, of: ValueFile, raw: Read, sound: boolean): Placed {
  let read = raw;
  const { none, map, page } = of;
  if (none !== undefined) read = unless(read, none);
  if (map !== undefined) read = mapped(read, new Map(Object.entries(map)));
  if (page !== undefined) read = paged(read, page);
  const form = (REQUEST_VALUES as Readonly<Record<string, Form>>)[of.value];
  if (form !== undefined && !sound && form.words !== 'text') read = formed(read, form, path.text);
  return { name: of.value, path: path.text, read };
}

function unless(read: Read, none: string): Read {
  return (s) => {
    const text = read(s);
    return text === none ? undefined : text;
  };
}

function mapped(read: Read, map: ReadonlyMap<string, string>): Read {
  return (s) => {
    const text = read(s);
    return text === undefined ? undefined : (map.get(text) ?? text);
  };
}

function paged(read: Read, page: Parameters<typeof fromPage>[1]): Read {
  return (s) => {
    const text = read(s);
    return text === undefined ? undefined : fromPage(text, page);
  };
}

function formed(read: Read, { test, words }: Form, path: string): Read {
  return (s) => {
    const text = read(s);
    return text === undefined || test.test(text) ? text : s.fail(path, `not ${words}`);
  };
}

const NOTHING: Read = () => undefined;

/** The values of a request, and the place of each, which faults name. */
export function readsOf(
  placed: readonly Placed[],
  derived: NonNullable<LayoutFile['derived']>,
): { readonly values: Reads; readonly paths: Readonly<Record<RequestValue, string>> } {
  const values = {} as Record<RequestValue, Read>;
  const paths = {} as Record<RequestValue, string>;
  for (const name of REQUEST_NAMES) {
    const found = placed.filter((each) => each.name === name);
    const sources = (derived as Partial<Record<string, SourceFile | SourceFile[]>>)[name];
    const chain = found.map(({ read }) => read);
    if (sources !== undefined) {
      // What is derived may ask for values whose reader is made later: they are looked up when they are read.
      for (const source of Array.isArray(sources) ? sources : [sources]) chain.push(sourceOf(source, values));
    }
    values[name] = firstOf(chain);
    paths[name] = found[0]?.path ?? USUAL[name] ?? '';
  }
  return { values, paths };
}

/** The element that a fault names where the value stands nowhere. */
const USUAL: Partial<Record<RequestValue, string>> = { pan: '2', track2: '35', total: '4', quoteRef: '48.14' };

function firstOf(chain: readonly Read[]): Read {
  const [first = NOTHING, ...more] = chain;
  const [second, third] = more;
  if (second === undefined) return first;
  if (third === undefined) return (s) => first(s) ?? second(s);
  return (s) => {
    for (const read of chain) {
      const text = read(s);
      if (text !== undefined) return text;
    }
    return undefined;
  };
}

function sourceOf(source: SourceFile, values: Reads): Read {
  if (typeof source === 'string') return derivation(source, values);
  if ('constant' in source) return () => source.constant;
  const { same } = source;
  return (s) => values[same](s);
}
