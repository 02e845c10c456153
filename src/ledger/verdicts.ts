import type { Decision, LineVerdict, Outcome, ReversalOutcome, TransactionRef } from './ledger.ts';

/** A row of `decide_batch`; `bigint` columns come as text. */
export interface Verdict {
  readonly kind: 'approved' | 'held' | 'declined' | 'repeat' | 'pending' | 'conflict' | 'done' | 'again';
  readonly bank: 'card' | 'pin-check' | null;
  readonly household_id: string | null;
  readonly transaction_id: string | null;
  readonly business_day: string | null;
  readonly rc: string | null;
  readonly reason: string | null;
  readonly rrn: string | null;
  readonly auth_code: string | null;
  readonly voucher_rials: string | null;
  readonly card_rials: string | null;
  readonly cash_rials: string | null;
  readonly left_rials: string | null;
  readonly verdicts: string | null;
  readonly quote_ref: string | null;
  readonly token: string | null;
  readonly fault: string | null;
  readonly pass_through: Readonly<Record<string, string>> | null;
  readonly credit_ends: string | null;
  readonly next_charge: string | null;
  readonly about: string | null;
}

/** The columns of a verdict as a query names them. */
export const VERDICT_COLUMNS = `kind, bank, household_id, transaction_id, business_day::text, rc, reason, rrn, auth_code,
  voucher_rials, card_rials, cash_rials, left_rials, verdicts, quote_ref, token, fault, pass_through,
  credit_ends::text, next_charge::text, about`;

function rials(text: string | null): bigint {
  return text === null ? 0n : BigInt(text);
}

/** Tag 12 as it is stored: verdict n2 and rials n12 a line. */
function linesOf(text: string | null): LineVerdict[] | undefined {
  if (text === null) return undefined;
  const lines: LineVerdict[] = [];
  for (let at = 0; at < text.length; at += 14) {
    const verdict = text.slice(at, at + 2) as LineVerdict['verdict'];
    lines.push({ verdict, voucherRials: BigInt(text.slice(at + 2, at + 14)) });
  }
  return lines;
}

export function outcomeOf(v: Omit<Verdict, 'kind'>): Outcome {
  return {
    rc: v.rc ?? '96',
    reason: v.reason ?? '',
    rrn: v.rrn ?? '',
    authCode: v.auth_code ?? undefined,
    voucherRials: rials(v.voucher_rials),
    cardRials: rials(v.card_rials),
    cashRials: rials(v.cash_rials),
    creditLeftRials: rials(v.left_rials),
    creditEnds: v.credit_ends ?? undefined,
    nextCharge: v.next_charge ?? undefined,
    lines: linesOf(v.verdicts),
    quoteRef: v.quote_ref ?? undefined,
    receiptToken: v.token ?? undefined,
    fault: v.fault ?? undefined,
    good: goodOf(v.about),
    passThrough: v.pass_through ?? undefined,
  };
}

/** The code and name of a good. */
function goodOf(about: string | null): Outcome['good'] {
  return about === null ? undefined : { code: about.slice(0, 13), nameFa: about.slice(14) };
}

function refOf(v: Verdict): TransactionRef {
  return {
    householdId: v.household_id ?? '',
    transactionId: v.transaction_id ?? '',
    businessDay: v.business_day ?? '',
  };
}

/** The STAN of a transaction's bank leg, as `leg_stan_of` gives it (functions/shared/context.sql). */
function legStanOf(transactionId: string): string {
  return String(1n + (BigInt(transactionId) % 999_999n)).padStart(6, '0');
}

/** @param legAt DE 7 of the leg, as the request's entry said it */
export function decisionOf(v: Verdict, legAt: string | undefined): Decision {
  switch (v.kind) {
    case 'approved':
    case 'declined':
    case 'repeat':
      return { kind: v.kind, outcome: outcomeOf(v) };
    case 'held':
      return {
        kind: 'held',
        ref: refOf(v),
        bank: v.bank ?? 'card',
        leg: { stan: legStanOf(v.transaction_id ?? '0'), transmission: legAt ?? '' },
        outcome: outcomeOf(v),
      };
    case 'pending':
      return { kind: 'pending', ref: refOf(v) };
    case 'conflict':
      return { kind: 'conflict' };
    case 'done':
    case 'again':
      throw new Error(`the ledger answered a request with ${v.kind}`);
  }
}

export function reversalOutcomeOf(v: Verdict): ReversalOutcome {
  const known = v.household_id !== null && v.household_id !== '';
  return {
    kind: v.kind === 'conflict' ? 'conflict' : 'done',
    rc: v.rc ?? '94',
    reason: v.reason ?? 'conflict',
    rrn: v.rrn ?? '',
    creditLeftRials: known ? rials(v.left_rials) : undefined,
  };
}
