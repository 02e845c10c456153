/** What people paste when they have bytes: lines of digits, or the dump of a tool. */

export type HexInput =
  | { readonly ok: true; /** Digits, whole bytes; one text a sample. */ readonly samples: readonly string[] }
  | { readonly ok: false; readonly line: number };

/** `0000  02 00 …`, `00000010: 0200 …`: the place stands first. */
const DUMP = /^([0-9a-f]{4,8})(?:\s{2,}|:\s+)(.*)$/i;
/** The same bytes as text, behind two blanks or a bar. */
const GUTTER = /(?:\s{2,}|\s*\|).*$/;

/** @param text a sample a line; a dump is one sample, and another begins where its places begin anew; `#` begins a comment */
export function readHexInput(text: string): HexInput {
  const samples: string[] = [];
  let dumping = false;
  for (const [at, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.replace(/#.*$/, '').trim();
    if (line === '') {
      dumping = false;
      continue;
    }
    const [, place, rest] = DUMP.exec(line) ?? [];
    const digits = (rest === undefined ? line : rest.replace(GUTTER, '')).replace(/0x|[\s:,-]/gi, '');
    if (!/^(?:[0-9a-f]{2})+$/i.test(digits)) return { ok: false, line: at + 1 };
    if (place !== undefined && dumping && Number.parseInt(place, 16) !== 0)
      samples.push(`${samples.pop() ?? ''}${digits}`); // prettier-ignore
    else samples.push(digits);
    dumping = place !== undefined;
  }
  return { ok: true, samples };
}
