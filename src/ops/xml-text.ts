import { isUtf8 } from 'node:buffer';
import { GatewayError } from './errors.ts';

/** The characters of an XML file, by its byte order mark and its declaration: UTF-8, UTF-16, US-ASCII, ISO-8859-x,
 *  windows-125x. What stands before a fault is given first, so that the reader's line and column are the fault's place.
 *  @throws GatewayError `xml.encoding` naming the encoding and what is wrong
 *  Source: XML 1.0 appendix F; RFC 7303 3.3 (a byte order mark is stronger than a declaration). */
export async function* xmlCharacters(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decode = decoder();
  const last = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const { text, fault } = decode(chunk, false);
    yield text;
    if (fault !== undefined) throw fault;
  }
  const { text, fault } = decode(last, true);
  yield text;
  if (fault !== undefined) throw fault;
}

/** A whole XML file in memory, read like {@link xmlCharacters}.
 *  @throws GatewayError `xml.encoding` naming the encoding, and the line of what is wrong */
export function xmlText(bytes: Buffer): string {
  const { text, fault } = decoder()(bytes, true);
  if (fault === undefined) return text;
  throw new GatewayError(fault.code, `line ${text.split('\n').length}: ${fault.message}`);
}

/** The beginning of an XML file, to tell which it is: as much of it as can be read, and why it ends there.
 *  An empty `text` with a fault: nothing of it can. */
export function xmlStart(bytes: Buffer): Decoded {
  return decoder()(bytes, true);
}

/** An encoding, as a function that gives the characters of whole bytes.
 *  `keep`: how many bytes at the end belong to a character that goes on. */
interface Encoding {
  readonly name: string;
  decode(bytes: Buffer): string;
  keep(bytes: Buffer): number;
  /** Index in `text` of the first character that the encoding does not have, or -1. */
  faultAt(text: string, bytes: Buffer): number;
}

const HEAD_BYTES = 1_024;
const READ = 'UTF-8, UTF-16, US-ASCII, ISO-8859 and windows-125x are read';

export interface Decoded {
  readonly text: string;
  /** What comes behind `text`. */
  readonly fault?: GatewayError;
}

/** @returns takes the bytes piece by piece, the last one marked, and finds the encoding in the first of them */
function decoder(): (bytes: Buffer, last: boolean) => Decoded {
  let encoding: Encoding | undefined;
  let tail: Buffer = Buffer.alloc(0);
  return (bytes, last) => {
    let all = tail.length === 0 ? bytes : Buffer.concat([tail, bytes]);
    if (encoding === undefined) {
      tail = all;
      if (all.length < HEAD_BYTES && !last) return { text: '' };
      const found = encodingOf(all);
      if (found instanceof GatewayError) return { text: '', fault: found };
      encoding = found.encoding;
      all = all.subarray(found.mark);
    }
    const whole = all.subarray(0, all.length - encoding.keep(all));
    tail = Buffer.from(all.subarray(whole.length)); // a copy: the chunk is not kept alive by its tail
    const text = encoding.decode(whole);
    const at = encoding.faultAt(text, whole);
    if (at === -1 && (tail.length === 0 || !last)) return { text };
    return { text: at === -1 ? text : text.slice(0, at), fault: misread(encoding.name) };
  };
}

function encodingOf(head: Buffer): { encoding: Encoding; mark: number } | GatewayError {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, at) => head[at] === byte);
  if (starts(0xff, 0xfe, 0, 0) || starts(0, 0, 0xfe, 0xff) || starts(0, 0, 0, 0x3c) || starts(0x3c, 0, 0, 0))
    return unread('UTF-32');
  if (starts(0x4c, 0x6f, 0xa7, 0x94)) return unread('EBCDIC');
  if (starts(0xef, 0xbb, 0xbf)) return { encoding: UTF8, mark: 3 };
  if (starts(0xff, 0xfe)) return { encoding: utf16(false), mark: 2 };
  if (starts(0xfe, 0xff)) return { encoding: utf16(true), mark: 2 };
  if (starts(0x3c, 0)) return { encoding: utf16(false), mark: 0 };
  if (starts(0, 0x3c)) return { encoding: utf16(true), mark: 0 };
  const encoding = declared(head.toString('latin1', 0, HEAD_BYTES));
  return encoding instanceof GatewayError ? encoding : { encoding, mark: 0 };
}

/** By `<?xml … encoding="…"?>`; without it XML is UTF-8. */
function declared(start: string): Encoding | GatewayError {
  const declaration = /^<\?xml\s[^>]*?\?>/.exec(start)?.[0] ?? '';
  const label = /\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(declaration);
  const name = (label?.[1] ?? label?.[2] ?? 'UTF-8').trim();
  const known = name.toLowerCase().replace(/[_ ]/g, '-');
  if (known === 'utf-8' || known === 'utf8') return UTF8;
  if (known === 'us-ascii' || known === 'ascii') return ascii('US-ASCII');
  if (/^(iso-?8859-?1|latin-?1|iso-8859-1:1987|l1)$/.test(known)) return LATIN1;
  if (/^(windows-?1252|cp-?1252|x-cp1252)$/.test(known)) return WINDOWS_1252;
  // Programs write this of a text that another one then saved with one byte a character: what both agree on is ASCII.
  if (/^(utf-?16|ucs-?2|iso-10646-ucs-2)/.test(known)) return ascii(`${name}, declared by a file of single bytes`);
  const single = /^(?:(?:windows-?|cp-?)(125\d)|iso-?8859-?(\d{1,2}))$/.exec(known);
  if (single === null) return unread(name);
  return singleByte(name, single[1] === undefined ? `iso-8859-${single[2] ?? ''}` : `windows-${single[1]}`);
}

const UTF8: Encoding = {
  name: 'UTF-8',
  decode: (bytes) => bytes.toString('utf8'),
  keep: unfinishedUtf8,
  faultAt: (text, bytes) => (isUtf8(bytes) ? -1 : replacementIn(text, bytes)),
};

/** Bytes at the end that begin a character which goes on in the next ones. */
function unfinishedUtf8(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

/** Index of the first replacement character that the bytes themselves do not hold. */
function replacementIn(text: string, bytes: Buffer): number {
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return at;
    offset += 3;
    from = at + 1;
  }
  return text.length;
}

function utf16(bigEndian: boolean): Encoding {
  return {
    name: 'UTF-16',
    decode: (bytes) => (bigEndian ? Buffer.from(bytes).swap16() : bytes).toString('utf16le'),
    keep: (bytes) => {
      const odd = bytes.length % 2;
      if (bytes.length < 2) return odd;
      const at = bytes.length - odd - 2;
      const last = bigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
      return last >= 0xd800 && last < 0xdc00 ? odd + 2 : odd;
    },
    faultAt: (text) => text.search(/\p{Surrogate}/u),
  };
}

const LATIN1: Encoding = { ...oneByte('ISO-8859-1'), faultAt: () => -1 };

/** What windows-1252 has at 80-9F; TextDecoder of Node.js 20 gives ISO-8859-1 there. Zeros: no character. */
const C1 =
  '\u20ac\0\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\0\u017d\0\0\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\0\u017e\u0178';
const WINDOWS_1252: Encoding = {
  ...oneByte('windows-1252'),
  decode: (bytes) =>
    bytes.toString('latin1').replace(/[\x80-\x9f]/g, (each) => {
      const character = C1[each.charCodeAt(0) - 0x80] ?? '\0';
      return character === '\0' ? '\ufffd' : character;
    }),
};

function ascii(name: string): Encoding {
  return { ...oneByte(name), faultAt: (text) => text.search(/[\x80-\xff]/) };
}

function oneByte(name: string): Encoding {
  return {
    name,
    decode: (bytes) => bytes.toString('latin1'),
    keep: () => 0,
    faultAt: (text) => text.indexOf('\ufffd'),
  };
}

/** @param label as the Encoding Standard has it, which knows most of them, but not all */
function singleByte(name: string, label: string): Encoding | GatewayError {
  try {
    const decoder = new TextDecoder(label);
    return { ...oneByte(name), decode: (bytes) => decoder.decode(bytes) };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_ENCODING_NOT_SUPPORTED') throw error;
    return unread(name);
  }
}

function unread(name: string): GatewayError {
  return new GatewayError('xml.encoding', `the file is in ${name.slice(0, 40)}: ${READ}`);
}

function misread(name: string): GatewayError {
  return new GatewayError('xml.encoding', `the file is not ${name.slice(0, 60)}: a byte here is not a character of it`);
}
