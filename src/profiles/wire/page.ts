import type { Page } from '../language/values.ts';

/** Code pages of screen texts. The codec carries the bytes as characters of ISO 8859-1, one each; here they get their meaning. */

/** Text as the characters that stand on the wire, at most `max` bytes of it, no character cut in two. */
export function toPage(text: string, page: Page, max = Infinity): string {
  switch (page) {
    case 'utf8':
      return cut(text, max, (character) => Buffer.byteLength(character));
    case 'cp1256':
      return single(text, CP1256_BYTES).slice(0, max);
    case 'iran-system':
      return lines(text, (line) => visual(shaped(line))).slice(0, max);
    case 'iran-system-logical':
      return lines(text, shaped).slice(0, max);
  }
}

/** What stands on the wire as text again; forms of letters become letters. */
export function fromPage(wire: string, page: Page): string {
  switch (page) {
    case 'utf8':
      return wire;
    case 'cp1256':
      return Array.from(wire)
        .map((byte) => PERSIAN[byte] ?? CP1256[byte.charCodeAt(0)] ?? '?')
        .join('');
    case 'iran-system':
      return lines(wire, (line) => unshaped(visual(line)));
    case 'iran-system-logical':
      return lines(wire, unshaped);
  }
}

/** What Windows-1256 has Arabic letters for, by its bytes. */
const PERSIAN: Readonly<Record<string, string>> = { '\xed': 'ی', '\xdf': 'ک' };

function cut(text: string, max: number, bytesOf: (character: string) => number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += bytesOf(character);
    if (bytes > max) break;
    kept += character;
  }
  return kept;
}

function lines(text: string, each: (line: string) => string): string {
  return text.split('\n').map(each).join('\n');
}

/** Letters that the pages lack, by what stands for them. */
const ALIKE: Readonly<Record<string, string>> = {
  '‌': '', // ZWNJ: letters before and after it do not join; see `joins`
  ي: 'ی',
  ك: 'ک',
  ۀ: 'ه',
  ة: 'ه',
  أ: 'ا',
  إ: 'ا',
  ؤ: 'و',
  'ٔ': '',
  'ً': '',
  '؛': ';',
  '«': '"',
  '»': '"',
  '٬': ',',
  '–': '-',
  '—': '-',
};

const CP1256_HIGH =
  '20AC067E201A0192201E20262020202102C6203006792039015206860698068806AF20182019201C201D20222013201406A921220691203A0153200C200D06BA00A0060C00A200A300A400A500A600A700A800A906BE00AB00AC00AD00AE00AF00B000B100B200B300B400B500B600B700B800B9061B00BB00BC00BD00BE061F06C10621062206230624062506260627' +
  '06280629062A062B062C062D062E062F063006310632063306340635063600D7063706380639063A064006410642064300E0064400E2064506460647064800E700E800E900EA00EB0649064A00EE00EF064B064C064D064E00F4064F065000F7065100F9065200FB00FC200E200F06D2';
/** Windows-1256, by byte. It has no Persian yeh and digits: Arabic yeh and Latin digits stand for them. */
const CP1256: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte < 128
    ? String.fromCharCode(byte)
    : String.fromCharCode(parseInt(CP1256_HIGH.slice((byte - 128) * 4, (byte - 127) * 4), 16)),
);
const CP1256_BYTES: ReadonlyMap<string, number> = new Map([
  ...CP1256.map((character, byte) => [character, byte] as const),
  ['ی', 0xed],
  ...Array.from('۰۱۲۳۴۵۶۷۸۹').map((digit, value) => [digit, 0x30 + value] as const),
]);

function single(text: string, bytes: ReadonlyMap<string, number>): string {
  let wire = '';
  for (const character of text) {
    const known = bytes.has(character) ? character : (ALIKE[character] ?? '?');
    for (const each of known) wire += String.fromCharCode(bytes.get(each) ?? 0x3f);
  }
  return wire;
}

/** Iran System (IBM PC, 1980s): a byte a form of a letter. Of each letter: alone, final, medial, initial. */
const FORMS: Readonly<Record<string, readonly [alone: number, final: number, medial: number, initial: number]>> = {
  آ: [0x8d, 0x8d, 0x8d, 0x8d],
  ئ: [0x8e, 0x8e, 0x8e, 0x8e],
  ء: [0x8f, 0x8f, 0x8f, 0x8f],
  ا: [0x90, 0x91, 0x91, 0x90],
  ...twice('بپتثجچحخ', 0x92),
  ...one('دذرزژ', 0xa2),
  ...twice('سشصض', 0xa7),
  ط: [0xaf, 0xaf, 0xaf, 0xaf],
  ظ: [0xe0, 0xe0, 0xe0, 0xe0],
  ع: [0xe1, 0xe2, 0xe3, 0xe4],
  غ: [0xe5, 0xe6, 0xe7, 0xe8],
  ...twice('فقکگ', 0xe9),
  ل: [0xf1, 0xf1, 0xf3, 0xf3],
  ...twice('من', 0xf4),
  و: [0xf8, 0xf8, 0xf8, 0xf8],
  ه: [0xf9, 0xf9, 0xfa, 0xfb],
  ی: [0xfd, 0xfc, 0xfe, 0xfe],
};
const LAM_ALEF = 0xf2;
const OTHER: Readonly<Record<string, number>> = { '،': 0x8a, ـ: 0x8b, '؟': 0x8c, ' ': 0xff };
/** Letters that the next one never joins. */
const ENDS = new Set(Array.from('آءادذرزژو'));

function twice(letters: string, from: number): Record<string, [number, number, number, number]> {
  return Object.fromEntries(
    Array.from(letters).map((letter, n) => [letter, [from + 2 * n, from + 2 * n, from + 2 * n + 1, from + 2 * n + 1]]),
  );
}

function one(letters: string, from: number): Record<string, [number, number, number, number]> {
  return Object.fromEntries(Array.from(letters).map((letter, n) => [letter, [from + n, from + n, from + n, from + n]]));
}

/** Text in its order, each letter in the form that it has beside its neighbours. */
function shaped(text: string): string {
  const letters = Array.from(text).flatMap((letter) =>
    letter === '‌' || letter in FORMS ? [letter] : letter in OTHER ? [letter] : Array.from(ALIKE[letter] ?? letter),
  );
  const joins = (left: string | undefined, right: string | undefined): boolean =>
    left !== undefined && right !== undefined && left in FORMS && right in FORMS && !ENDS.has(left) && right !== 'ء';
  let wire = '';
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? '';
    if (letter === '‌') continue;
    const forms = FORMS[letter];
    if (forms === undefined) {
      wire += String.fromCharCode(byteOf(letter));
      continue;
    }
    if (letter === 'ل' && letters[at + 1] === 'ا') {
      wire += String.fromCharCode(LAM_ALEF);
      at++;
      continue;
    }
    const before = joins(letters[at - 1], letter);
    const after = joins(letter, letters[at + 1]);
    wire += String.fromCharCode(forms[before ? (after ? 2 : 1) : after ? 3 : 0]);
  }
  return wire;
}

function byteOf(character: string): number {
  const digit = '۰۱۲۳۴۵۶۷۸۹'.indexOf(character);
  if (digit >= 0) return 0x80 + digit;
  const code = OTHER[character] ?? character.charCodeAt(0);
  return code === OTHER[character] || code < 0x80 ? code : 0x3f;
}

const LETTERS: ReadonlyMap<number, string> = new Map([
  ...Object.entries(FORMS).flatMap(([letter, forms]) => forms.map((byte) => [byte, letter] as const)),
  ...Object.entries(OTHER).map(([character, byte]) => [byte, character] as const),
  ...Array.from('۰۱۲۳۴۵۶۷۸۹').map((digit, value) => [0x80 + value, digit] as const),
  [LAM_ALEF, 'لا'],
]);

function unshaped(wire: string): string {
  return Array.from(wire)
    .map((byte) => LETTERS.get(byte.charCodeAt(0)) ?? (byte < '\x80' ? byte : '?'))
    .join('');
}

/** Bytes of a line from left to right: Persian runs the other way, numbers and Latin words do not. Twice is the first again. */
function visual(wire: string): string {
  return Array.from(wire)
    .reverse()
    .join('')
    .replace(/[\x80-\x89][\x80-\x89,./-]*[\x80-\x89]|[0-9A-Za-z][0-9A-Za-z,./: -]*[0-9A-Za-z]/g, (run) =>
      Array.from(run).reverse().join(''),
    );
}
