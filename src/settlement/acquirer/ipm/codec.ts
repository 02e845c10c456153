import { compile, defineSpec, type Codec, type Message } from '../../../codec/index.ts';

export type IpmText = 'ascii' | 'ebcdic';

/** EBCDIC code pages that files come in. They agree in letters, digits and space. */
export const IPM_CODE_PAGES = ['1047', '500', '037'] as const;
export type IpmCodePage = (typeof IPM_CODE_PAGES)[number];

const ENCODINGS = { '1047': 'ebcdic', '500': 'ebcdic-500', '037': 'ebcdic-037' } as const;

/** What a line is made of. Every other element is passed over when it is odd. */
export const NEEDED: ReadonlySet<number> = new Set([
  4, 11, 12, 24, 31, 37, 39, 41, 42, 48, 49, 54, 62, 71, 123, 124, 125,
]);

/** Private data is spread over these, each going on where the one before ends. */
const CARRIERS = [48, 62, 123, 124, 125];

/** The PDS of a message, out of all elements that carry them.
 *  @returns what is wrong, as a phrase, when they do not add up or one comes twice */
export function pdsOf(message: Message): ReadonlyMap<string, string> | string {
  return readPds(CARRIERS.map((de) => message.get(de) ?? '').join(''));
}

/** ISO 8583:1993 as acquirers' files have it: everything in one text encoding, bitmaps as bytes. Texts may hold any character of
 *  the code page. */
export function ipmCodec(text: IpmText, codePage: IpmCodePage = '1047'): Codec {
  const head = { encoding: text };
  const digits = { encoding: text === 'ascii' ? text : ENCODINGS[codePage] };
  const texts = { encoding: text === 'ascii' ? 'latin1' : ENCODINGS[codePage], asciiOnly: false };
  const types = { n: digits, z: digits, 'x+n': digits, text: texts };
  const name = `ipm-${text}-${codePage}`;
  return compile(defineSpec({ extends: 'iso93-ascii', name, mti: head, types, prefix: head }, name));
}

/** The encoding of a message, by its MTI; undefined when it is a 1xxx in neither.
 *  @param bytes begin with the MTI */
export function ipmText(bytes: Buffer): IpmText | undefined {
  if (/^1\d{3}$/.test(bytes.toString('latin1', 0, 4))) return 'ascii';
  const ebcdic = bytes[0] === 0xf1 && bytes.subarray(0, 4).every((byte) => byte >= 0xf0 && byte <= 0xf9);
  return ebcdic && bytes.length >= 4 ? 'ebcdic' : undefined;
}

/** Private data subelements: tag n4, length n3, value.
 *  @returns what is wrong, as a phrase, when they do not add up or one comes twice */
function readPds(text: string): ReadonlyMap<string, string> | string {
  const found = new Map<string, string>();
  for (let at = 0; at < text.length;) {
    const [head, tag, length] = /^(\d{4})(\d{3})/.exec(text.slice(at, at + 7)) ?? [];
    if (head === undefined || tag === undefined) return `no PDS begins at character ${at + 1}`;
    const value = text.slice(at + 7, at + 7 + Number(length));
    if (value.length < Number(length)) return `PDS ${tag} is longer than what is left`;
    if (found.has(tag)) return `PDS ${tag} comes twice`;
    found.set(tag, value);
    at += 7 + value.length;
  }
  return found;
}
