/** Names as a bank's file takes them. Source: domain/03 ("names trimmed, no control chars, ی ک"), domain/05. */

/** Which letter forms the bank wants for yeh and kaf. */
export type LetterForm = 'persian' | 'arabic';

/** One line of plain text: NFC, no control or bidirectional marks, ZWNJ as a space, single spaces, one form of ی and ک,
 *  at most `maxLength` UTF-16 units, cut between characters.
 *  @returns '' when nothing printable is left */
export function cleanName(text: string, maxLength: number, letters: LetterForm = 'persian'): string {
  const plain = text
    .normalize('NFC')
    .replace(/[\u200c\u00a0\s]+/g, ' ') // ZWNJ joins two halves of a word: banks' old systems show it as a box
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/gu, '')
    .replace(/[\u064a\u0649\u06cc]/g, letters === 'persian' ? '\u06cc' : '\u064a')
    .replace(/[\u0643\u06a9]/g, letters === 'persian' ? '\u06a9' : '\u0643')
    .replace(/\u0640/g, '') // tatweel only stretches
    .replace(/ +/g, ' ')
    .trim();
  return cut(plain, maxLength);
}

/** Cuts before `maxLength`, never inside a surrogate pair nor between a letter and its marks. */
function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  let length = 0;
  for (const { segment } of new Intl.Segmenter('fa', { granularity: 'grapheme' }).segment(text)) {
    if (length + segment.length > maxLength) break;
    length += segment.length;
  }
  return text.slice(0, length).trimEnd();
}
