import type { FieldInput } from '../../codec/index.ts';
import type { ContentFile, Fields, LinesFile, ListFile, PagesFile, PartFile, ValueFile } from '../language/schema.ts';
import type { Computed, Page } from '../language/values.ts';
import { DEFAULT_WIDTHS, formatBlocks } from './blocks.ts';
import { toPage } from './page.ts';
import { parsePath, type Path } from './path.ts';
import { hexOfText, isBytesOfText, planAt, type Ground } from './ground.ts';

/** What a side says of a value: text without padding; undefined where there is nothing to say. */
export type Say<C> = (context: C) => string | undefined;

/** What one side has to say: the gateway of its answers, a device of its requests. */
export interface Vocabulary<C> {
  readonly value: (name: string) => Say<C>;
  /** Names whose text is a number, filled with zeros from the left. */
  readonly isNumber: (name: string) => boolean;
  readonly list: (file: ListFile) => Say<C>;
  readonly computed: (name: Computed) => Say<C>;
  /** The whole goods list, and the page that is wanted, from 1. */
  readonly goods: (file: PagesFile) => Say<C>;
}

/** Writes one element. */
export interface Put<C> {
  readonly de: string;
  readonly say: (context: C) => FieldInput | undefined;
}

/** What writes every element of a layout. */
export function putsOf<C>(fields: Fields, ground: Ground, vocabulary: Vocabulary<C>): Put<C>[] {
  const byElement = new Map<number, { path: Path; say: Say<C>; fixed: boolean }[]>();
  for (const [text, content] of Object.entries(fields)) {
    if (content === null) continue;
    const path = parsePath(text);
    const say = sayOf(content, path, ground, vocabulary);
    // The bytes of blocks are made of all of them together.
    const bytes = path.block === undefined && isBytesOfText(path, content, ground);
    const told = { path, say: bytes ? inHex(say) : say, fixed: saysNothing(content) };
    byElement.set(path.de, [...(byElement.get(path.de) ?? []), told]);
  }
  return [...byElement].map(([de, told]) => {
    const [first] = told;
    if (first === undefined || (first.path.keys.length === 0 && first.path.block === undefined))
      return { de: String(de), say: first?.say ?? (() => undefined) };
    return { de: String(de), say: first.path.block === undefined ? tags(told) : blocks(de, told, ground) };
  });
}

function inHex<C>(say: Say<C>): Say<C> {
  return (context) => {
    const text = say(context);
    return text === undefined ? undefined : hexOfText(text);
  };
}

/** A constant alone is no reason to write an element. */
function saysNothing(content: ContentFile): boolean {
  return typeof content === 'object' && 'constant' in content;
}

function tags<C>(told: readonly { path: Path; say: Say<C>; fixed: boolean }[]): (context: C) => FieldInput | undefined {
  const flat = told.map(({ path, say }) => [path.keys[0] ?? '', path.keys.slice(1), say] as const);
  return (context) => {
    let present: Record<string, FieldInput> | undefined;
    for (const [key, below, say] of flat) {
      const value = say(context);
      if (value === undefined) continue;
      present ??= {};
      if (below.length === 0) present[key] = value;
      else present[key] = nested(present[key], below, value);
    }
    return present;
  };
}

function nested(held: FieldInput | undefined, keys: readonly string[], value: string): FieldInput {
  const [key = '', ...below] = keys;
  const own = typeof held === 'object' ? held : {};
  return { ...own, [key]: below.length === 0 ? value : nested(own[key], below, value) };
}

function blocks<C>(
  de: number,
  told: readonly { path: Path; say: Say<C>; fixed: boolean }[],
  ground: Ground,
): (context: C) => string | undefined {
  const widths = ground.blocks[String(de)] ?? DEFAULT_WIDTHS;
  const bytes = ground.spec.fields[de]?.type === 'b';
  return (context) => {
    const present: [string, string][] = [];
    let said = false;
    for (const { path, say, fixed } of told) {
      const data = say(context);
      if (data === undefined) continue;
      present.push([path.block ?? '', data]);
      said ||= !fixed;
    }
    const text = said ? formatBlocks(present, widths) : undefined;
    return text === undefined || !bytes ? text : hexOfText(text);
  };
}

function sayOf<C>(content: ContentFile, path: Path, ground: Ground, vocabulary: Vocabulary<C>): Say<C> {
  const fixed = fixedWidth(path, ground);
  if (typeof content === 'string') return valueOf({ value: content }, fixed, vocabulary);
  if ('value' in content) return valueOf(content, content.width ?? fixed, vocabulary);
  if ('constant' in content) return () => content.constant;
  if ('computed' in content) return vocabulary.computed(content.computed);
  if ('list' in content) return vocabulary.list(content);
  if ('lines' in content) return linesOf(content, vocabulary);
  if ('pages' in content) return vocabulary.goods(content);
  return slicesOf(content.slices, vocabulary);
}

/** The width of what has a fixed length. */
function fixedWidth(path: Path, ground: Ground): number | undefined {
  const plan = path.block === undefined ? planAt(path, ground) : undefined;
  return plan === undefined || plan.min < plan.max || plan.type === 'b' ? undefined : plan.max;
}

/** Amounts are n12 wherever nothing else says how wide. */
const AMOUNT_WIDTH = 12;

function valueOf<C>(of: ValueFile, width: number | undefined, vocabulary: Vocabulary<C>): Say<C> {
  let say = vocabulary.value(of.value);
  const { none, map, page, max } = of;
  if (map !== undefined) say = mapped(say, new Map(Object.entries(map).map(([wire, ours]) => [ours, wire])));
  if (page !== undefined || max !== undefined) say = paged(say, page ?? 'utf8', max);
  if (vocabulary.isNumber(of.value)) say = numbered(say, width ?? AMOUNT_WIDTH);
  else if (width !== undefined) say = filled(say, width);
  return none === undefined ? say : (context) => say(context) ?? none;
}

function mapped<C>(say: Say<C>, map: ReadonlyMap<string, string>): Say<C> {
  return (context) => {
    const text = say(context);
    return text === undefined ? undefined : (map.get(text) ?? text);
  };
}

function paged<C>(say: Say<C>, page: Page, max: number | undefined): Say<C> {
  return (context) => {
    const text = say(context);
    return text === undefined ? undefined : toPage(text, page, max);
  };
}

/** Of more than fits, the most that can be said. */
function numbered<C>(say: Say<C>, width: number): Say<C> {
  const most = '9'.repeat(width);
  return (context) => {
    const text = say(context);
    if (text === undefined || text.length === width) return text;
    return text.length > width ? most : text.padStart(width, '0');
  };
}

/** Text is left-justified; what is too long for its element is the codec's to refuse. */
function filled<C>(say: Say<C>, width: number): Say<C> {
  return (context) => say(context)?.padEnd(width);
}

/** Names that are digits, though no numbers: where they are not said, zeros are. */
const DIGITS = new Set(['quoteRef', 'quote', 'stan', 'localTime', 'localDate', 'localYear']);

/** Values of fixed widths, one behind the other; none where nothing is said in any. */
function slicesOf<C>(parts: readonly PartFile[], vocabulary: Vocabulary<C>): Say<C> {
  const said = parts.map((part) => {
    if (!Array.isArray(part)) return { say: undefined, empty: part.filler.repeat(part.width) };
    const of: ValueFile = typeof part[0] === 'string' ? { value: part[0] } : part[0];
    const empty = (vocabulary.isNumber(of.value) || DIGITS.has(of.value) ? '0' : ' ').repeat(part[1]);
    const [, width] = part;
    const say = valueOf(of, width, vocabulary);
    return { say: (context: C) => say(context)?.slice(0, width), empty };
  });
  return (context) => {
    let text = '';
    let any = false;
    for (const { say, empty } of said) {
      const value = say?.(context);
      any ||= value !== undefined;
      text += value ?? empty;
    }
    return any ? text : undefined;
  };
}

const NAMED = /\{([A-Za-z]+)\}/g;

/** Lines for the receipt of a device, with values inside. */
function linesOf<C>({ lines, page, digits, max, between }: LinesFile, vocabulary: Vocabulary<C>): Say<C> {
  const templates = lines.map((line) => {
    const names = [...line.matchAll(NAMED)].map(([, name = '']) => name);
    return { line, says: new Map(names.map((name) => [name, vocabulary.value(name)])) };
  });
  return (context) => {
    const told: string[] = [];
    for (const { line, says } of templates) {
      const values = new Map([...says].map(([name, say]) => [name, say(context)]));
      if ([...values.values()].includes(undefined)) continue;
      told.push(
        line.replace(NAMED, (_all, name: string) =>
          shown(values.get(name) ?? '', vocabulary.isNumber(name), digits ?? 'fa'),
        ),
      );
    }
    return told.length === 0 ? undefined : toPage(told.join(between ?? '\n'), page ?? 'utf8', max);
  };
}

function shown(value: string, isNumber: boolean, digits: string): string {
  const grouped = isNumber ? value.replace(/\B(?=(\d{3})+$)/g, ',') : value;
  if (digits === 'en') return grouped;
  return grouped.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)));
}
