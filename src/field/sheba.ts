import { bankByCode, type Bank } from './banks.ts';
import { digitsOf } from './persian.ts';

/** A Sheba (Iran's IBAN): `IR`, two check digits (ISO 7064 mod 97-10), three digits of the bank, 19 of the account.
 *  Source: domain/05-identifiers, domain/banks.json. */
export type ShebaVerdict =
  { readonly ok: true; readonly sheba: string; readonly bank: Bank } | { readonly ok: false; readonly reason: string };

/** @param text as a person may write it: spaces, dashes, Persian digits and lower case are taken */
export function checkSheba(text: string): ShebaVerdict {
  const sheba = digitsOf(text).toUpperCase();
  if (!sheba.startsWith('IR')) return refuse('does not start with IR');
  if (sheba.length !== 26) return refuse(`has ${sheba.length} characters, not 26`);
  if (!/^IR\d{24}$/.test(sheba)) return refuse('holds something other than digits after IR');
  // 00, 01 and 99 leave the same rest as 97, 98 and 02, and are never given out (ISO 13616)
  if (mod97(sheba) !== 1 || !/^IR(0[2-9]|[1-8]\d|9[0-8])/.test(sheba)) return refuse('has wrong check digits');
  const bank = bankByCode(sheba.slice(4, 7));
  if (bank === undefined) return refuse(`names no known bank (${sheba.slice(4, 7)})`);
  return { ok: true, sheba, bank };
}

function refuse(reason: string): ShebaVerdict {
  return { ok: false, reason };
}

/** ISO 7064: the country and check digits go to the end, letters count 10-35, the rest of a division by 97 is 1. */
function mod97(sheba: string): number {
  let rest = 0;
  for (const character of sheba.slice(4) + sheba.slice(0, 4)) {
    const value = parseInt(character, 36);
    rest = (value > 9 ? rest * 100 + value : rest * 10 + value) % 97;
  }
  return rest;
}
