/** What a bank's status does to an order. `accepted`: it is on its way, more will follow. `blocked`: as `accepted`, but the bank
 *  neither pays it nor gives it back until somebody asks. */
export type StatusMeaning = 'paid' | 'accepted' | 'returned' | 'blocked';

/** Every code of ISO 20022's external lists of payment group and transaction status (2025), as far as it stands for one state of the
 *  money. Paid is what has settled, or is in the payee's hands. Verification of payee (RV…, RCVC) says nothing of the
 *  money yet, a cheque that was issued is not cleared, and a request that was presented is not paid. */
const MEANINGS: Readonly<Record<string, StatusMeaning>> = {
  ACSC: 'paid',
  ACCC: 'paid',
  CPUC: 'paid',
  RJCT: 'returned',
  CANC: 'returned',
  BLCK: 'blocked',
  ACCP: 'accepted',
  ACFC: 'accepted',
  ACFW: 'accepted',
  ACIS: 'accepted',
  ACPD: 'accepted',
  ACSP: 'accepted',
  ACTC: 'accepted',
  ACWC: 'accepted',
  ACWP: 'accepted',
  PATC: 'accepted',
  PDNG: 'accepted',
  PRES: 'accepted',
  RCVC: 'accepted',
  RCVD: 'accepted',
  RVCM: 'accepted',
  RVMC: 'accepted',
  RVNA: 'accepted',
  RVNC: 'accepted',
  RVNM: 'accepted',
};

/** @returns undefined for a code that ISO's lists do not have */
export function statusOf(code: string): StatusMeaning | undefined {
  return Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
}
