/** What a shop is told before it is sanctioned, and how it answers (people.md 4.4). */
export type AppealState = 'NOTICE' | 'DECISION' | 'APPEAL_OPEN' | 'APPEAL' | 'FINAL';

export interface AppealFacts {
  /** When the notice went out: the transactions, the rule and its version, the sanction. */
  readonly notifiedAt: number;
  readonly notifiedBy: string;
  /** The shop's response; undefined: none came. */
  readonly respondedAt?: number;
  readonly decision?: { readonly person: string; readonly at: number; readonly upheld: boolean };
  readonly appealedAt?: number;
  readonly final?: { readonly person: string; readonly at: number; readonly upheld: boolean };
}

const DAY_MS = 86_400_000;
export const RESPONSE_MS = 10 * DAY_MS;
const APPEAL_MS = 10 * DAY_MS;
const DECIDE_MS = 5 * DAY_MS;

/** Where it stands, on whom it waits and until when; a final one waits on nobody. */
export function appealPosition(
  facts: AppealFacts,
  now: number,
): { readonly state: AppealState; readonly on?: 'shop' | 'decider'; readonly since: number; readonly until?: number } {
  const { notifiedAt, respondedAt, decision, appealedAt, final } = facts;
  if (final !== undefined) return { state: 'FINAL', since: final.at };
  if (appealedAt !== undefined)
    return { state: 'APPEAL', on: 'decider', since: appealedAt, until: appealedAt + DECIDE_MS };
  if (decision !== undefined) {
    const until = decision.at + APPEAL_MS;
    if (!decision.upheld) return { state: 'FINAL', since: decision.at };
    return now < until
      ? { state: 'APPEAL_OPEN', on: 'shop', since: decision.at, until }
      : { state: 'FINAL', since: until };
  }
  const closes = notifiedAt + RESPONSE_MS;
  if (respondedAt === undefined && now < closes)
    return { state: 'NOTICE', on: 'shop', since: notifiedAt, until: closes };
  const since = respondedAt ?? closes;
  return { state: 'DECISION', on: 'decider', since, until: since + DECIDE_MS };
}

/** Nobody decides about their own notice, nor twice. */
export function mayDecide(facts: AppealFacts, person: string): boolean {
  return person !== facts.notifiedBy && person !== facts.decision?.person;
}
