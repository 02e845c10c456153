/** What people type in Persian, as it is kept (docs/domain/05-identifiers.md). */

/** Persian (۰-۹) and Arabic (٠-٩) digits to ASCII. */
export function latinDigits(text: string): string {
  return text.replace(/[\u06f0-\u06f9\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}

/** ASCII digits to Persian ones (۰-۹). */
export function persianDigits(text: string): string {
  return text.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)));
}

/** A number as it is meant: digits of any script, without blanks, dashes and ZWNJ between them. */
export function digitsOf(text: string): string {
  return latinDigits(text).replace(/[\s\u200c\u200f\u200e-]/g, '');
}

/** Marks that turn the direction of what follows: nobody types them in a name or an address, and they forge how a line looks. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/;
// eslint-disable-next-line no-control-regex -- these are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;

/** A line of text with Persian letters: Arabic ی and ک replaced, blanks single, Unicode composed.
 *  @returns undefined: it holds a control character or a mark of direction */
export function persianLine(text: string): string | undefined {
  if (TURNS.test(text) || CONTROLS.test(text)) return undefined;
  return text
    .normalize('NFC')
    .replace(/[\u064a\u0649]/g, '\u06cc')
    .replace(/\u0643/g, '\u06a9')
    .replace(/ +/g, ' ')
    .trim();
}

/** The same for text of several lines. */
export function persianText(text: string): string | undefined {
  const lines = text.split(/\r\n|\r|\n/).map(persianLine);
  return lines.includes(undefined) ? undefined : lines.join('\n').trim();
}
