/** A part of a file, as `Range` asks for it (RFC 9110 14). */
export interface Part {
  readonly from: number;
  readonly length: number;
}

/** @returns `whole` without a range that we honour (several parts, other units); `none` for one that the file does not have */
export function partOf(range: string | undefined, length: number): Part | 'whole' | 'none' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '') {
    const wanted = Math.min(Number(last), length);
    return wanted === 0 ? 'none' : { from: length - wanted, length: wanted };
  }
  const from = Number(first);
  const to = last === '' ? length - 1 : Math.min(Number(last), length - 1);
  if (last !== '' && Number(last) < from) return 'whole'; // not a range at all
  return from >= length ? 'none' : { from, length: to - from + 1 };
}
