/** Who has to do something: the gateway by itself, an operator, the bank, or the shop. */
export type Party = 'system' | 'operator' | 'bank' | 'shop';

/** Why rials are not on their way, as a code that pages have words for, and who can end it. */
export interface Cause {
  readonly code: CauseCode;
  readonly party: Party;
  /** The break, or the bank's reason. */
  readonly of?: string;
}

export type CauseCode =
  | 'suspended'
  | 'unknown_shop'
  | 'not_explained'
  | 'suspense'
  | 'sheba_changed'
  | 'sheba_wrong'
  | 'sheba_refused'
  | 'bank_returned'
  | 'bank_blocked'
  | 'small'
  | 'negative'
  | 'disputed'
  | 'restricted'
  | 'correction'
  | 'by_person';

/** What settlement writes as a reason (clearing/sql/decide.sql, hold.sql, unpayable.sql, answers/sql/apply.sql). */
const KNOWN: readonly (readonly [RegExp, CauseCode, Party])[] = [
  [/^BLCK$/, 'bank_blocked', 'bank'],
  [/^returned by the bank: (AC01|AC04)/, 'sheba_refused', 'shop'],
  [/^returned by the bank(?:: (.+))?/, 'bank_returned', 'system'],
  [/disputed/, 'disputed', 'operator'],
  [/pay-?outs? .*(?:restricted|off|not allowed)|payout/i, 'restricted', 'operator'],
  [/the merchant is (?:suspended|applied)/, 'suspended', 'operator'],
  [/the merchant is unknown/, 'unknown_shop', 'operator'],
  [/is not explained: break (\d+)/, 'not_explained', 'operator'],
  [/suspense is below zero/, 'suspense', 'operator'],
  [/bank has closed that Sheba/, 'sheba_changed', 'system'],
  [/the Sheba changed since/, 'sheba_changed', 'system'],
  [/the Sheba/, 'sheba_wrong', 'shop'],
  [/below the least payout|below one step of the unit/, 'small', 'shop'],
  [/the net is negative/, 'negative', 'shop'],
];

export function causeOf(reason: string): Cause {
  for (const [pattern, code, party] of KNOWN) {
    const found = pattern.exec(reason);
    if (found !== null) return { code, party, ...(found[1] === undefined ? {} : { of: found[1] }) };
  }
  return { code: 'by_person', party: 'operator' };
}
