import type { Message } from '../../codec/index.ts';
import type { ContentFile, Fields, LinesFile } from '../language/schema.ts';
import { DEFAULT_WIDTHS, formatBlocks, parseBlocks } from './blocks.ts';
import { hexOfText, isBytesOfText, textOfHex, type Ground } from './ground.ts';
import { fromPage, toPage } from './page.ts';
import { parsePath, type Path } from './path.ts';
import { rawRead } from './read.ts';
import { NOWHERE, Source, type Read } from './source.ts';

/** One thing that stands in a message. */
export interface Part {
  /** `39`, `48.13`, `63#047`, and of several values in one place `63#047/quoteRef`. */
  readonly path: string;
  /** The value of the profile that it is; undefined: constants, baskets, lines, what is computed. */
  readonly name: string | undefined;
  /** As it stands on the wire, a code page's bytes one character each. */
  readonly text: string;
  /** Of lines for a receipt: how a value that is said in them looks there. */
  readonly lines: { readonly names: readonly string[]; readonly looks: (value: string) => string } | undefined;
  /** The same as people read it. */
  shows(text: string): string;
  /** The message with another text in this place. @throws CodecError where it does not fit */
  put(message: Message, text: string): Message;
}

/** A place of a layout. */
export interface Spot {
  readonly path: Path;
  readonly content: ContentFile;
  readonly read: Read;
  readonly ground: Ground;
}

export function spotsOf(fields: Fields, ground: Ground): Spot[] {
  return Object.entries(fields).flatMap(([text, content]) => {
    if (content === null) return [];
    const path = parsePath(text);
    return [{ path, content, read: rawRead(path, content, ground), ground }];
  });
}

/** What stands in a message at these places; what is not there is left out. */
export function partsAt(spots: readonly Spot[], message: Message): Part[] {
  const source = new Source(message, NOWHERE);
  const parts = spots.flatMap((spot) => {
    const text = spot.read(source);
    return text === undefined ? [] : partsOf(spot, text);
  });
  return [...parts, ...unknownBlocks(spots, source)];
}

/** Blocks that no layout is of, in elements that have some. */
function unknownBlocks(spots: readonly Spot[], source: Source): Part[] {
  const [ground] = spots.map((spot) => spot.ground);
  const elements = new Set(spots.flatMap(({ path }) => (path.block === undefined ? [] : [path.de])));
  return [...elements].flatMap((de) => {
    const value = source.message.get(de);
    if (value === undefined || ground === undefined) return [];
    const text = ground.spec.fields[de]?.type === 'b' ? textOfHex(value) : value;
    const blocks = [...(parseBlocks(text, ground.blocks[String(de)] ?? DEFAULT_WIDTHS) ?? [])];
    const known = new Set(spots.flatMap(({ path }) => (path.de === de ? [path.block] : [])));
    return blocks.flatMap(([code, data]) => {
      const path = parsePath(`${de}#${code}`);
      const content: ContentFile = { constant: data };
      return known.has(code) ? [] : partsOf({ path, content, ground, read: rawRead(path, content, ground) }, data);
    });
  });
}

function partsOf(spot: Spot, text: string): Part[] {
  const { path, content } = spot;
  const page = typeof content === 'object' && 'page' in content ? content.page : undefined;
  const shows = (raw: string): string => (page === undefined ? raw : fromPage(raw, page));
  const whole = (name: string | undefined, lines?: Part['lines']): Part[] => [
    { path: path.text, name, text, lines, shows, put: (message, next) => put(message, spot, next) },
  ];
  if (typeof content === 'string') return whole(content);
  if ('value' in content) return whole(content.value);
  if ('lines' in content) return whole(undefined, linesOf(content));
  if (!('slices' in content)) return whole(undefined);
  let from = 0;
  const cuts = content.slices.map((part) => {
    const width = Array.isArray(part) ? part[1] : part.width;
    const of = Array.isArray(part) ? part[0] : undefined;
    return { name: typeof of === 'object' ? of.value : of, start: from, end: (from += width) };
  });
  if (from !== text.length) return whole(undefined); // not what it should be: it stands as it is
  return cuts.map(({ name, start, end }) => ({
    path: `${path.text}/${name ?? start}`,
    name,
    text: text.slice(start, end),
    lines: undefined,
    shows: (raw) => raw,
    put: (message, next) => {
      const now = spot.read(new Source(message, NOWHERE)) ?? text;
      return put(message, spot, now.slice(0, start) + next + now.slice(end));
    },
  }));
}

const NAMED = /\{([A-Za-z]+)\}/g;

function linesOf({ lines, page, digits }: LinesFile): NonNullable<Part['lines']> {
  const names = lines.flatMap((line) => [...line.matchAll(NAMED)].map(([, name = '']) => name));
  const persian = (value: string): string =>
    value.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)));
  return { names, looks: (value) => toPage(digits === 'en' ? value : persian(value), page ?? 'utf8') };
}

function put(message: Message, { path, content, ground }: Spot, text: string): Message {
  const { de, block } = path;
  const bytes = isBytesOfText(path, content, ground);
  if (block === undefined) return message.with({ [path.text]: bytes ? hexOfText(text) : text });
  const widths = ground.blocks[String(de)] ?? DEFAULT_WIDTHS;
  const before = message.get(de) ?? '';
  const blocks = parseBlocks(bytes ? textOfHex(before) : before, widths);
  if (blocks === undefined) return message;
  const after = formatBlocks(
    [...blocks].map(([code, data]) => [code, code === block ? text : data]),
    widths,
  );
  return after === undefined ? message : message.with({ [String(de)]: bytes ? hexOfText(after) : after });
}
