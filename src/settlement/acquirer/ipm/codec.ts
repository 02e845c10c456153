import { compile, defineSpec, type Codec } from '../../../codec/index.ts';

export type IpmText = 'ascii' | 'ebcdic';

/** ISO 8583:1993 as acquirers' files have it: everything in one text encoding, bitmaps as bytes. */
export function ipmCodec(text: IpmText): Codec {
  const encoding = { encoding: text };
  const types = { n: encoding, z: encoding, 'x+n': encoding, text: encoding };
  const name = `ipm-${text}`;
  return compile(defineSpec({ extends: 'iso93-ascii', name, mti: encoding, types, prefix: encoding }, name));
}

/** The encoding of a message, by its MTI; undefined when it is a 1xxx in neither.
 *  @param bytes begin with the MTI */
export function ipmText(bytes: Buffer): IpmText | undefined {
  if (/^1\d{3}$/.test(bytes.toString('latin1', 0, 4))) return 'ascii';
  const ebcdic = bytes[0] === 0xf1 && bytes.subarray(0, 4).every((byte) => byte >= 0xf0 && byte <= 0xf9);
  return ebcdic && bytes.length >= 4 ? 'ebcdic' : undefined;
}

/** Private data subelements of DE 48: tag n4, length n3, value.
 *  @returns what is wrong, as a phrase, when they do not add up or one comes twice */
export function readPds(text: string): ReadonlyMap<string, string> | string {
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
