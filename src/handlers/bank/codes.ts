/** What DE 39 of a bank's answer says about the money of its leg.
 *  undecided: it may have moved, in whole or in part, or nobody knows */
export type BankVerdict = 'approved' | 'declined' | 'undecided';

/** Codes by which a bank says that nothing moved (ISO 8583:1987 A.9; docs/domain/response-codes.json). A closed list: what is
 *  not on it, a code of tomorrow too, is undecided, because a reversal of nothing costs nothing. */
const DECLINES = new Set(
  (
    '01 03 04 05 07 12 13 14 15 17 18 19 20 21 22 23 25 30 31 33 34 35 36 37 38 39 40 41 42 43 44 45 51 52 53 54 55 56 57 ' +
    '58 59 60 61 62 63 64 65 66 67 69 75 76 77 78 79 80 81 82 83 88 92 93 98'
  ).split(' '),
);

/** Codes of wire.md 6 by which the gateway speaks of the shop, the device, the message or the household. */
const OURS = new Set('00 03 10 12 13 14 25 30 40 57 58 63 76 94 95'.split(' '));
/** Codes that a terminal may take for an approval: confirmed before, honour with identification, VIP, update track 3, in part. */
const APPROVING = new Set('02 08 11 16 32'.split(' '));

const DECLINED = '05';
const MALFUNCTION = '96';

export function verdictOf(bankRc: string): BankVerdict {
  if (bankRc === '00') return 'approved';
  return DECLINES.has(bankRc) ? 'declined' : 'undecided';
}

/** Whether a code can stand in a log, a reason or a text: two letters or digits. */
export function isCode(bankRc: string): boolean {
  return /^[0-9A-Z]{2}$/.test(bankRc);
}

/** DE 39 of the terminal's answer for a code of the bank: the bank's own, as long as it says nothing else here
 *  (docs/decisions/0017). */
export function toldAs(bankRc: string): string {
  const declined = verdictOf(bankRc) === 'declined';
  if (!isCode(bankRc) || APPROVING.has(bankRc)) return MALFUNCTION;
  if (OURS.has(bankRc)) return declined ? DECLINED : MALFUNCTION;
  return bankRc;
}
