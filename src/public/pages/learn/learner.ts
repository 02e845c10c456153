import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Practice, Seat } from '../../../practice/index.ts';
import type { StaffMember } from '../../../training/index.ts';
import { cookieOf, setCookie } from '../../cookies.ts';
import type { Door } from '../../door.ts';

export const PRACTICE_COOKIE = '__Host-practice';

/** Who is at `/learn`: with a terminal, and by name where a shop named them. */
export interface Learner {
  readonly seat: Seat | undefined;
  readonly staff: StaffMember | undefined;
}

/** Takes a terminal for this browser, in place of the one that it had.
 *  @returns the session's token; undefined: all are taken */
export async function enterAs(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  practice: Practice,
  staffId: string | undefined,
): Promise<string | undefined> {
  const before = cookieOf(request, PRACTICE_COOKIE);
  if (before !== undefined) await practice.leave(before);
  const token = door.random.bytes(16).toString('base64url');
  if (!(await practice.enter(token, staffId))) return undefined;
  setCookie(reply, PRACTICE_COOKIE, token);
  return token;
}
