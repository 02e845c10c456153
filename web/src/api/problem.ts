import type { Static } from 'typebox';
import type { Problem as ProblemSchema } from '../../../src/console/api/schemas.ts';

/** A problem as the API tells it (RFC 9457), in the language that was asked for. */
export type Problem = Static<typeof ProblemSchema>;

/** What the API refused, or why it did not answer. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  /** When to try again, as it said. */
  readonly retryAfterS: number | undefined;
  /** Of `current`. */
  readonly etag: string | undefined;

  constructor(
    problem: Problem,
    { retryAfterS, etag }: { readonly retryAfterS?: number | undefined; readonly etag?: string | undefined } = {},
  ) {
    super(problem.title);
    this.name = 'ApiProblem';
    this.problem = problem;
    this.retryAfterS = retryAfterS;
    this.etag = etag;
  }
}

export function codeOf(error: unknown): string {
  return error instanceof ApiProblem ? error.problem.code : 'console.failed';
}

/** What a refused change was about, as it is now: a stale one is told so.
 *  @returns undefined: the refusal does not say */
export function currentOf(error: unknown): { readonly body: unknown; readonly etag: string } | undefined {
  if (!(error instanceof ApiProblem) || error.problem.current === undefined || error.etag === undefined)
    return undefined;
  return { body: error.problem.current, etag: error.etag };
}
