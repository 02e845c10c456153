import type { Language } from './language.ts';

/** Whole numbers in words, as people write them on cheques and receipts, so that no digit can be added to one. */

const FA = {
  ones: ['', 'یک', 'دو', 'سه', 'چهار', 'پنج', 'شش', 'هفت', 'هشت', 'نه'],
  teens: ['ده', 'یازده', 'دوازده', 'سیزده', 'چهارده', 'پانزده', 'شانزده', 'هفده', 'هجده', 'نوزده'],
  tens: ['', '', 'بیست', 'سی', 'چهل', 'پنجاه', 'شصت', 'هفتاد', 'هشتاد', 'نود'],
  hundreds: ['', 'یکصد', 'دویست', 'سیصد', 'چهارصد', 'پانصد', 'ششصد', 'هفتصد', 'هشتصد', 'نهصد'],
  scales: ['', ' هزار', ' میلیون', ' میلیارد', ' هزار میلیارد', ' میلیون میلیارد'],
} as const;
const EN = {
  ones: ['', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
  teens: ['ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
  tens: ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'],
  scales: ['', ' thousand', ' million', ' billion', ' trillion', ' quadrillion'],
} as const;

const MOST = 999_999_999_999_999_999n;

/** `2500000n`: «دو میلیون و پانصد هزار», `two million five hundred thousand`.
 *  @throws RangeError for a number below zero or of more than 18 digits */
export function inWords(language: Language, amount: bigint): string {
  if (amount < 0n || amount > MOST) throw new RangeError(`${amount} is not written in words`);
  if (amount === 0n) return language === 'fa' ? 'صفر' : 'zero';
  const groups: string[] = [];
  for (let rest = amount, scale = 0; rest > 0n; rest /= 1_000n, scale++) {
    const group = Number(rest % 1_000n);
    if (group > 0) groups.unshift(language === 'fa' ? persianGroup(group, scale) : englishGroup(group, scale));
  }
  return groups.join(language === 'fa' ? ' و ' : ' ');
}

function persianGroup(group: number, scale: number): string {
  const name = FA.scales[scale] ?? '';
  if (group === 1 && scale === 1) return name.trim(); // «هزار», not «یک هزار»
  const below = group % 100;
  const parts: string[] = [FA.hundreds[Math.floor(group / 100)] ?? ''];
  if (below >= 10 && below < 20) parts.push(FA.teens[below - 10] ?? '');
  else parts.push(FA.tens[Math.floor(below / 10)] ?? '', FA.ones[below % 10] ?? '');
  return parts.filter((part) => part !== '').join(' و ') + name;
}

function englishGroup(group: number, scale: number): string {
  const hundreds = Math.floor(group / 100);
  const below = group % 100;
  const tens = EN.tens[Math.floor(below / 10)] ?? '';
  const ones = EN.ones[below % 10] ?? '';
  const rest =
    below >= 10 && below < 20 ? (EN.teens[below - 10] ?? '') : [tens, ones].filter((part) => part !== '').join('-');
  const parts = [hundreds > 0 ? `${EN.ones[hundreds] ?? ''} hundred` : '', rest];
  return parts.filter((part) => part !== '').join(' ') + (EN.scales[scale] ?? '');
}
