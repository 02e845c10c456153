import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { isoInstant } from '../../ops/sql.ts';
import { demandCase } from '../case/store.ts';

/** What reviewers say of a case among themselves: added, never changed, and never shown to the shop. */

export interface Comment {
  readonly id: string;
  readonly person: string;
  readonly name: string;
  readonly text: string;
  readonly at: string;
}

const COMMENT = `c.comment_id::text as id, c.person_id::text as person, p.login as name, c.text,
  ${isoInstant('c.at')} as at from case_comments c join persons p using (person_id)`;

/** @returns the first first; at most 500
 *  @throws GatewayError `shops.unknown` */
export async function listComments(db: Pool | PoolClient, caseId: string): Promise<Comment[]> {
  await demandCase(db, caseId);
  return (await db.query<Comment>(`select ${COMMENT} where c.case_id = $1 order by c.comment_id limit 500`, [caseId]))
    .rows;
}

/** @throws GatewayError `shops.unknown`, `shops.refused` */
export async function addComment(db: PoolClient, caseId: string, text: string, by: By, now: number): Promise<Comment> {
  const readable = text
    .normalize('NFC')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu, (mark) => (mark === '\n' ? mark : ' '))
    .trim();
  if (readable === '') throw new GatewayError('shops.refused', 'A comment says something.');
  await demandCase(db, caseId);
  const { rows } = await db.query<{ id: string }>(
    'insert into case_comments (case_id, person_id, text, at) values ($1, $2, $3, $4) returning comment_id::text as id',
    [caseId, by.actor.id, readable, new Date(now)],
  );
  await audit(db, by, { act: 'case.commented', object: `case:${caseId}`, after: { comment: rows[0]?.id } });
  const found = await db.query<Comment>(`select ${COMMENT} where c.comment_id = $1`, [rows[0]?.id]);
  return found.rows[0] as Comment;
}
