import type { ElementPlan, Encoding, OddFill, PadPlan, PrefixPlan, Secret, ValueType } from '../plan.ts';
import { contentPlan, type Defaults } from './content.ts';
import { parseFormat, type Format } from './format.ts';
import type { Node } from './raw.ts';

const ENCODINGS: Readonly<Record<'n' | 'text' | 'b', readonly Encoding[]>> = {
  n: ['ascii', 'bcd', 'ebcdic', 'ebcdic-500', 'ebcdic-037', 'latin1'],
  text: ['ascii', 'latin1', 'cp1256', 'utf8', 'ebcdic', 'ebcdic-500', 'ebcdic-037'],
  b: ['binary', 'hex', 'hex-ebcdic', 'ebcdic'],
};
const SECRETS: readonly Secret[] = ['pan', 'track', 'pin', 'cvv', 'key', 'mac'];
const ODD: readonly OddFill[] = ['left-0', 'right-0', 'right-F'];
const PREFIXES = ['ascii', 'bcd', 'binary', 'ebcdic'] as const;
const PREFIX_KEYS = ['encoding', 'counts', 'includesItself', 'bytes'];
const COUNTS = ['digits', 'characters', 'units', 'bytes', 'nibbles'] as const;
const KEYS = ['name', 'format', 'encoding', 'odd', 'asciiOnly', 'min', 'prefix', 'pad', 'secret', 'content', 'values'];

/** One element of a dialect file, with everything filled in. @throws CodecError naming file, path and reason */
export function elementPlan(node: Node, defaults: Defaults): ElementPlan {
  node.only(...KEYS);
  const format = formatOf(node);
  const type = defaults.types.node(typeKey(format.type));
  type.only('encoding', 'odd', 'variableOdd', 'asciiOnly');
  const choices = ENCODINGS[format.type === 'b' ? 'b' : isNumeric(format.type) ? 'n' : 'text'];
  const encoding = node.oneOf('encoding', choices) ?? type.oneOf('encoding', choices, choices[0] ?? 'ascii');
  const variable = format.lengthDigits > 0;
  const odd =
    node.oneOf('odd', ODD) ??
    (variable ? type.oneOf('variableOdd', ODD) : undefined) ??
    type.oneOf('odd', ODD, 'left-0');
  const asciiDefault = type.flag('asciiOnly', encoding.startsWith('ebcdic') || encoding === 'ascii');
  const announced = prefixPlan(node, defaults.prefix, format, encoding);
  const prefix = variable ? announced : undefined;
  const pad = padPlan(node);
  const base: ElementPlan = {
    name: node.text('name', ''),
    type: format.type,
    min: variable ? node.integer('min', 0, format.max, 0) : format.max,
    max: format.max,
    encoding,
    odd,
    asciiOnly: node.flag('asciiOnly', asciiDefault),
    ...(prefix && { prefix }),
    ...(pad && { pad }),
    ...optional('secret', node.oneOf('secret', SECRETS)),
    ...optional('values', valuesOf(node)),
  };
  const content = node.has('content') ? contentPlan(node.node('content'), base, defaults, elementPlan) : undefined;
  return { ...base, ...optional('content', content) };
}

/** The defaults, whether an element uses them or not: a mistake there must not wait for the element that does.
 *  @throws CodecError naming file, path and reason */
export function checkDefaults({ types, prefix }: Defaults): void {
  types.only('n', 'z', 'x+n', 'text', 'b');
  for (const key of types.keys()) {
    const type = types.node(key);
    type.only('encoding', 'odd', 'variableOdd', 'asciiOnly');
    type.oneOf('encoding', ENCODINGS[key === 'text' || key === 'b' ? key : 'n']);
    type.oneOf('odd', ODD);
    type.oneOf('variableOdd', ODD);
    type.flag('asciiOnly');
  }
  prefix.only(...PREFIX_KEYS);
  prefix.oneOf('encoding', PREFIXES);
  prefix.oneOf('counts', COUNTS);
  prefix.integer('bytes', 1, 6);
  prefix.flag('includesItself');
}

function formatOf(node: Node): Format {
  const text = node.text('format');
  if (text === undefined) throw node.fault('format', 'missing; for example n6, n..19, ans...999, b8, x+n8');
  const format = parseFormat(text);
  if (typeof format === 'string') throw node.fault('format', format);
  return format;
}

function prefixPlan(node: Node, shared: Node, format: Format, encoding: Encoding): PrefixPlan {
  const own = node.node('prefix');
  own.only(...PREFIX_KEYS);
  const kind = own.oneOf('encoding', PREFIXES) ?? shared.oneOf('encoding', PREFIXES, 'ascii');
  const usual =
    kind === 'bcd'
      ? (format.lengthDigits + 1) >> 1
      : kind === 'binary'
        ? format.lengthDigits > 2
          ? 2
          : 1
        : format.lengthDigits;
  const counts =
    own.oneOf('counts', COUNTS) ?? shared.oneOf('counts', COUNTS) ?? (encoding === 'utf8' ? 'bytes' : 'units');
  return {
    encoding: kind,
    bytes: own.integer('bytes', 1, 6) ?? shared.integer('bytes', 1, 6, usual),
    counts: counts === 'bytes' || counts === 'nibbles' ? counts : 'units',
    includesItself: own.flag('includesItself', shared.flag('includesItself')),
  };
}

function padPlan(node: Node): PadPlan | undefined {
  if (!node.has('pad')) return undefined;
  const pad = node.node('pad');
  pad.only('side', 'with');
  const character = pad.text('with', ' ');
  if (character.length !== 1) throw pad.fault('with', 'must be one character');
  return { side: pad.oneOf('side', ['left', 'right'], 'right'), with: character };
}

function valuesOf(node: Node): Readonly<Record<string, string>> | undefined {
  if (!node.has('values')) return undefined;
  const values = node.node('values');
  return Object.fromEntries(values.keys().map((key) => [key, values.text(key, '')]));
}

function isNumeric(type: ValueType): boolean {
  return type === 'n' || type === 'z' || type === 'x+n';
}

function typeKey(type: ValueType): string {
  return isNumeric(type) || type === 'b' ? type : 'text';
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
