import type { Static } from 'typebox';
import type { Problem as ProblemSchema } from '../../../src/console/api/schemas.ts';

/** A problem as the API tells it (RFC 9457), in the language that was asked for. */
export type Problem = Static<typeof ProblemSchema>;

/** What the API refused, or why it did not answer. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  /** When to try again, as it said. */
  readonly retryAfterS: number | undefined;

  constructor(problem: Problem, retryAfterS?: number) {
    super(problem.title);
    this.name = 'ApiProblem';
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

export function codeOf(error: unknown): string {
  return error instanceof ApiProblem ? error.problem.code : 'console.failed';
}
