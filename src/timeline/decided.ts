import type { Captured, ShownFrame } from './captured.ts';
import type { Facts, Transaction } from './facts.ts';
import { BANK, GATEWAY, step, waits, type Actor, type Step } from './step.ts';
import { codeWords, VERDICTS } from './words.ts';

/** From the bytes to the answer: what came, what was checked, decided, held and asked of the bank. Pure. */

/** Before a purchase's credit is looked at. What the gate itself refuses (certificate, keys, MAC) leaves no transaction. */
const CHECKS =
  /^(?:merchant\.(?!no-card)|terminal\.|household\.|card\.unknown|date\.far|clock\.wrong|reversed\.before|basket\.sum)/;
/** A card leg and the sweeper that ends what its gateway left take no longer (ops/config.ts bankTimeoutMs, handlers/bank/sweeper.ts). */
export const LEG_MS = 130_000;

export function decidedSteps(facts: Facts, captured: Captured | undefined, now: number): Step[] {
  const { row } = facts;
  return [
    received(facts, captured),
    checks(row),
    decision(facts),
    ...hold(facts),
    ...leg(facts, captured, now),
    ...completion(facts, captured),
    ...confirmation(row, now),
  ];
}

const terminalOf = ({ terminal, psp }: Transaction): Actor => ({
  kind: 'terminal',
  name: psp === null ? terminal : `${terminal} (${psp})`,
});

function received(facts: Facts, captured: Captured | undefined): Step {
  const { row, transmission } = facts;
  const back = row.kind === 'reversal' || row.kind === 'advice';
  return step('received', back ? 'received.reversal' : 'received.request', {
    at: row.at,
    actor: terminalOf(row),
    facts: {
      terminal: row.terminal,
      stan: row.stan,
      localDate: row.localDate,
      localTime: row.localTime,
      transmission,
      card: row.card,
      totalRials: row.total,
      profile: row.profile,
      software: row.software,
      captured: captured?.request === undefined ? false : frameFacts(captured.request),
      ...(captured?.request === undefined ? { why: 'not captured: no recording covers it' } : {}),
    },
  });
}

function frameFacts({ at, ...frame }: ShownFrame): object {
  return { ...frame, at: new Date(at).toISOString() };
}

function checks(row: Transaction): Step {
  const refused = row.state === 'declined' && CHECKS.test(row.reason);
  return step('checks', refused ? 'checks.refused' : 'checks.passed', {
    at: row.at,
    outcome: refused ? 'refused' : 'done',
    facts: {
      ...(refused
        ? { code: row.code, reason: row.reason, words: codeWords(row.code, row.reason), fault: row.fault }
        : {}),
      passed: ['certificate', 'terminal', 'keys', 'mac', 'fields'],
      household: row.household !== '',
    },
  });
}

function decision({ row, rules, original }: Facts): Step {
  const declined = row.state === 'declined' && !/^bank\./.test(row.reason);
  const asked = row.bank !== null;
  const key = declined ? 'decision.declined' : asked && row.bank === 'pin-check' ? 'decision.asked' : row.cardPart !== '0' && row.voucher !== '0' ? 'decision.split' : asked ? 'decision.asked' : 'decision.approved'; // prettier-ignore
  return step('decision', key, {
    at: row.at,
    outcome: declined ? 'refused' : 'done',
    facts: {
      code: row.code,
      reason: row.reason,
      words: codeWords(row.code, row.reason),
      rrn: row.rrn,
      totalRials: row.total,
      voucherRials: row.voucher,
      cardRials: row.cardPart,
      cashRials: row.cash,
      feeRials: row.fee === '0' ? null : row.fee,
      creditLeftRials: row.left,
      correctedRials: row.price ?? row.corrected,
      rules: rules.filter(({ version }) => version !== null),
      lines: linesOf(row.verdicts),
      quantities: row.quantities,
      quoteRef: row.quoteRef,
      original:
        original === undefined ? null : { rrn: original.rrn, businessDay: original.day, totalRials: original.total },
    },
  });
}

/** Tag 12 as it is kept: verdict n2 and rials n12 a line. */
function linesOf(verdicts: string | null): object[] | null {
  if (verdicts === null) return null;
  const lines = verdicts.match(/.{14}/g) ?? [];
  return lines.map((line, n) => ({
    line: n + 1,
    verdict: line.slice(0, 2),
    words: VERDICTS[line.slice(0, 2)] ?? null,
    voucherRials: String(BigInt(line.slice(2))),
  }));
}

function hold({ row, postings, rules }: Facts): Step[] {
  if (row.bank === null || row.kind === 'forward') return [];
  const state = row.state === 'held' ? 'open' : postings.length > 0 ? 'taken' : 'released';
  return [
    step('hold', `hold.${state}`, {
      at: row.at,
      outcome: state === 'open' ? 'open' : 'done',
      facts: {
        buckets: row.buckets.map((bucket, n) => {
          const rule = rules.find((each) => each.bucket === bucket);
          return { bucket, rials: row.takes[n], programme: rule?.programme, period: rule?.period };
        }),
        ended: postings[0] === undefined ? null : new Date(postings[0].at).toISOString(),
      },
    }),
  ];
}

/** What became of the leg: of an answer that declined, or of doubt, the ledger keeps the bank's code as the reason. */
export function legOutcome({
  state,
  reason,
  bank,
}: Transaction): 'none' | 'open' | 'approved' | 'declined' | 'doubt' | 'unsent' {
  if (bank === null) return 'none';
  if (state === 'held') return 'open';
  if (/^bank\.declined/.test(reason)) return 'declined';
  if (/^bank\.unsent/.test(reason)) return 'unsent';
  if (/^bank\.doubt/.test(reason)) return 'doubt';
  return reason === 'reversed.meanwhile' ? 'doubt' : 'approved';
}

/** When the leg ended: with its postings, or with the reversal that its doubt queued. Nobody keeps when a bank declined. */
function endOf({ row, postings, advices }: Facts): number | undefined {
  return postings[0]?.at ?? (legOutcome(row) === 'doubt' ? advices[0]?.queuedAt : undefined);
}

function leg(facts: Facts, captured: Captured | undefined, now: number): Step[] {
  const { row } = facts;
  const outcome = legOutcome(row);
  if (outcome === 'none') return [];
  const ended = endOf(facts);
  const until = row.leasedUntil ?? row.at + LEG_MS;
  return [
    step('card-leg', `leg.${outcome}`, {
      at: row.at,
      actor: BANK,
      outcome:
        outcome === 'open' ? 'open' : outcome === 'approved' ? 'done' : outcome === 'declined' ? 'refused' : 'failed',
      ...(ended === undefined ? {} : { durationMs: Math.max(0, Math.round(ended - row.at)) }),
      facts: {
        what: row.bank,
        mti: row.bank === 'pin-check' ? '0100' : '0200',
        stan: row.legStan,
        transmission: row.legAt,
        rials: row.bank === 'card' && row.state !== 'declined' ? row.cardPart : null,
        bankCode: /^bank\.\w+\.(\w\w)$/.exec(row.reason)?.[1],
        reversedMeanwhile: row.reversedWhile,
        frames: captured === undefined || captured.bank.length === 0 ? null : captured.bank.map(frameFacts),
      },
      ...(outcome === 'open' ? { waiting: waits('bank', { since: row.at, until }, now) } : {}),
    }),
  ];
}

function completion(facts: Facts, captured: Captured | undefined): Step[] {
  const { row } = facts;
  if (row.state === 'held') return [];
  const approved = row.state !== 'declined' && row.code !== null;
  const at = captured?.answer?.at ?? (row.bank === null ? row.at : (endOf(facts) ?? null));
  return [
    step('completion', approved ? 'completion.approved' : 'completion.declined', {
      at: at === null ? null : Math.floor(at),
      actor: GATEWAY,
      outcome: approved ? 'done' : 'refused',
      ...(at === null ? {} : { durationMs: Math.max(0, Math.round(at - row.at)) }),
      facts: {
        code: row.code,
        words: codeWords(row.code, row.reason),
        authCode: row.authCode,
        receiptToken: row.token === null ? null : true,
        frame: captured?.answer === undefined ? null : frameFacts(captured.answer),
      },
    }),
  ];
}

function confirmation(row: Transaction, now: number): Step[] {
  const { confirmBy, confirmedAt, state } = row;
  if (confirmBy === null && confirmedAt === null) return [];
  const open = confirmedAt === null && state === 'approved' && confirmBy !== null;
  if (!open && confirmedAt === null) return [];
  return [
    step('confirmation', open ? 'confirmation.open' : 'confirmation.done', {
      at: confirmedAt,
      actor: terminalOf(row),
      outcome: open ? 'open' : 'done',
      facts: { until: confirmBy === null ? null : new Date(confirmBy).toISOString() },
      ...(open ? { waiting: waits('terminal', { since: row.at, until: confirmBy, who: row.terminal }, now) } : {}),
    }),
  ];
}
