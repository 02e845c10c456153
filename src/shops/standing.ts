/** How a shop stands with the scheme, whatever its papers say (people.md 4.4). */
export const STANDING_STATES = ['ACTIVE', 'RESTRICTED', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED'] as const;
export type StandingState = (typeof STANDING_STATES)[number];

/** From state to the states that a decision may put a shop in. DISQUALIFIED ends by its date, or by an appeal. */
const MOVES: Readonly<Record<StandingState, readonly StandingState[]>> = {
  ACTIVE: ['RESTRICTED', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED'],
  RESTRICTED: ['ACTIVE', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED'],
  SUSPENDED: ['ACTIVE', 'RESTRICTED', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED'], // to itself: renewed
  DISQUALIFIED: ['ACTIVE', 'CLOSED'],
  CLOSED: [],
};

export function mayBecome(from: StandingState, to: StandingState): boolean {
  return MOVES[from].includes(to);
}

/** A decision about a shop. One with an end ends by itself. */
export interface StandingDecision {
  readonly state: StandingState;
  readonly at: number;
  readonly until?: number;
}

/** How it stands now: what has ended by its date is over, and the shop is back where it was before that decision.
 *  @param decisions in the order they were made */
export function standingNow(
  decisions: readonly StandingDecision[],
  now: number,
): { state: StandingState; since: number } {
  for (let i = decisions.length - 1; i >= 0; i--) {
    const { state, at, until } = decisions[i]!;
    if (until === undefined || now < until) {
      const ended = decisions[i + 1]?.until;
      return { state, since: ended === undefined ? at : Math.max(at, ended) };
    }
  }
  return { state: 'ACTIVE', since: decisions.at(-1)?.until ?? -Infinity };
}

/** A violation that was found and not struck out by an appeal. */
export interface Violation {
  readonly kind: string;
  readonly at: number;
}

/** A row of the published table: so many points and more mean this, for so long. */
export interface Sanction {
  readonly points: number;
  readonly state: 'RESTRICTED' | 'SUSPENDED' | 'DISQUALIFIED';
  /** Days; undefined: for good. */
  readonly days?: number;
}

/** Dated: the weights of the day of the violation count, and each counts for so many days. */
export interface SanctionTable {
  readonly version: string;
  readonly from: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly countsForDays: number;
  /** By rising points. */
  readonly sanctions: readonly Sanction[];
}

/** What the violations of a shop add up to.
 *  @param tables by rising `from`
 *  @returns the points, and the hardest row that they reach */
export function sanctionFor(
  violations: readonly Violation[],
  tables: readonly SanctionTable[],
  now: number,
): { readonly points: number; readonly sanction?: Sanction; readonly version: string } {
  const tableOf = (at: number): SanctionTable | undefined => tables.findLast(({ from }) => from <= at);
  const today = tableOf(now);
  if (today === undefined) return { points: 0, version: 'none' };
  const points = violations
    .filter(({ at }) => at <= now && now - at < (tableOf(at) ?? today).countsForDays * 86_400_000)
    .reduce((sum, { kind, at }) => sum + ((tableOf(at) ?? today).weights[kind] ?? 0), 0);
  const sanction = today.sanctions.findLast((row) => row.points <= points);
  return { points, version: today.version, ...(sanction === undefined ? {} : { sanction }) };
}
