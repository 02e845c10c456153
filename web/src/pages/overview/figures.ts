import type { Overview } from '../../api/overview.ts';

/** What the overview says of purchases, from what the API counted. Pure. */

type Figures = Overview['traffic']['total'];

/** @returns per cent with one place; null: nothing was answered */
export function approvedShare({ purchases, approved }: Pick<Figures, 'purchases' | 'approved'>): number | null {
  return purchases === 0 ? null : Math.round((approved / purchases) * 1_000) / 10;
}

export interface CodeShare {
  readonly code: string;
  readonly count: number;
  /** Of all answers, per cent with one place. */
  readonly share: number;
}

/** The most frequent first. */
export function codeShares(codes: Figures['codes']): readonly CodeShare[] {
  const all = Object.values(codes).reduce((sum, each) => sum + each, 0);
  return Object.entries(codes)
    .map(([code, count]) => ({ code, count, share: Math.round((count / all) * 1_000) / 10 }))
    .sort((one, other) => other.count - one.count || one.code.localeCompare(other.code));
}

/** A figure for each step of the range; steps without a purchase, which the API leaves out, have `empty`.
 *  @param until ms: no step after it */
export function stepsOf(
  { from, stepSeconds, points }: Pick<Overview['traffic'], 'from' | 'stepSeconds' | 'points'>,
  of: (point: Overview['traffic']['points'][number]) => number | null,
  empty: number | null,
  until: number,
): readonly (readonly [number, number | null])[] {
  const known = new Map(points.map((point) => [Date.parse(point.at), of(point)]));
  const [begin, step] = [Date.parse(from), stepSeconds * 1_000];
  const count = Math.max(0, Math.min(2_000, Math.floor((until - begin) / step) + 1));
  return Array.from({ length: count }, (_, n) => {
    const at = begin + n * step;
    return [at, known.has(at) ? (known.get(at) ?? null) : empty] as const;
  });
}
