import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { MOST_PAPERS, type KeptPaper, type SealedPaper } from '../requirements/papers.ts';
import { readNotice, type Notice } from './notices.ts';

/** What a shop brings with its answer to a notice and with its appeal (migrations/0707_notice_papers.sql). */

/** What of it anybody may see who sees the notice. `said`: with which word of the shop it came. */
export interface NoticePaper extends Omit<KeptPaper, 'item' | 'kind'> {
  readonly said: 'response' | 'appeal';
}

const COLUMNS = `paper_id::text as id, said, media, bytes, pages, encode(sha256, 'hex') as sha256,
  uploaded_by::text as "uploadedBy", (extract(epoch from uploaded_at) * 1000)::float8 as "uploadedAt"`;

/** @returns those that are there, in the order they came */
export async function noticePapers(db: Pool | PoolClient, notice: string): Promise<NoticePaper[]> {
  const { rows } = await db.query<NoticePaper>(
    `select ${COLUMNS} from notice_papers where notice_id = $1 and removed_at is null order by paper_id`,
    [notice],
  );
  return rows;
}

/** With which word papers come now: while the shop has something to say.
 *  @throws GatewayError `shops.refused` */
function wordNow({ position }: Notice): NoticePaper['said'] {
  if (position.can.includes('respond')) return 'response';
  if (position.can.includes('appeal')) return 'appeal';
  throw new GatewayError('shops.refused', 'No paper is asked for there now.');
}

/** @throws GatewayError `shops.unknown`, `shops.refused`, `papers.many` */
export async function demandNoticeRoom(db: PoolClient, notice: string, now: number): Promise<NoticePaper['said']> {
  const said = wordNow(await readNotice(db, notice, now));
  if ((await noticePapers(db, notice)).length >= MOST_PAPERS)
    throw new GatewayError('papers.many', `A notice has at most ${MOST_PAPERS} papers: remove one first.`);
  return said;
}

/** @returns the paper, and whether it is new: the same one twice is one
 *  @throws GatewayError as `demandNoticeRoom` */
export async function addNoticePaper(
  db: PoolClient,
  notice: string,
  sealed: SealedPaper,
  by: By,
  now: number,
): Promise<{ paper: NoticePaper; added: boolean }> {
  await db.query('select from shop_notices where notice_id = $1 for update', [notice]);
  const { rows: known } = await db.query<NoticePaper>(
    `select ${COLUMNS} from notice_papers where notice_id = $1 and source_sha256 = $2 and removed_at is null`,
    [notice, sealed.source],
  );
  if (known[0] !== undefined) return { paper: known[0], added: false };
  const said = await demandNoticeRoom(db, notice, now);
  const { media, bytes, pages, source, content, file, keyId, wrapped } = sealed;
  const { rows } = await db.query<NoticePaper>(
    `insert into notice_papers (notice_id, said, media, bytes, pages, source_sha256, sha256, file_sha256, key_id, wrapped, uploaded_by, uploaded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning ${COLUMNS}`,
    [notice, said, media, bytes, pages, source, content, file, keyId, wrapped, by.actor.id, new Date(now)],
  );
  const [paper] = rows;
  if (paper === undefined) throw new Error('a row that was inserted is not there');
  const after = { paper: paper.id, said, media, bytes, pages, sha256: paper.sha256 };
  await audit(db, by, { act: 'paper.added', object: `notice:${notice}`, after });
  return { paper, added: true };
}

/** Forgets the key of a paper; its file goes after the commit. Once its word is said, a paper stays with it.
 *  @returns the hash that names the file
 *  @throws GatewayError `shops.unknown`, `shops.refused`, `papers.unknown` */
export async function removeNoticePaper(
  db: PoolClient,
  { notice, paper }: { readonly notice: string; readonly paper: string },
  by: By,
  now: number,
): Promise<Buffer> {
  await db.query('select from shop_notices where notice_id = $1 for update', [notice]);
  const said = wordNow(await readNotice(db, notice, now));
  const there = (await noticePapers(db, notice)).find(({ id }) => id === paper);
  if (there === undefined) throw unknown();
  if (there.said !== said)
    throw new GatewayError('shops.refused', 'That paper came with a word that is said: it stays.');
  return dropNoticePaper(db, { notice, paper }, by.actor.id === null ? 'owner' : 'clerk', by, now);
}

/** @throws GatewayError `papers.unknown` */
export async function dropNoticePaper(
  db: PoolClient,
  { notice, paper }: { readonly notice: string; readonly paper: string },
  why: 'owner' | 'clerk' | 'date',
  by: By,
  now: number,
): Promise<Buffer> {
  const { rows } = await db.query<{ file: Buffer; said: string }>(
    `update notice_papers set wrapped = null, removed_at = $3, removed_by = $4
      where paper_id = $1 and notice_id = $2 and removed_at is null returning file_sha256 as file, said`,
    [paper, notice, new Date(now), why],
  );
  const [row] = rows;
  if (row === undefined) throw unknown();
  await audit(db, by, { act: 'paper.removed', object: `notice:${notice}`, before: { paper, said: row.said, why } });
  return row.file;
}

/** What opens a paper. @throws GatewayError `papers.unknown` */
export async function sealedNoticePaper(
  db: PoolClient,
  { notice, paper }: { readonly notice: string; readonly paper: string },
): Promise<SealedPaper> {
  const { rows } = await db.query<SealedPaper>(
    `select media, bytes, pages, source_sha256 as source, sha256 as content, file_sha256 as file, key_id as "keyId", wrapped
       from notice_papers where paper_id = $1 and notice_id = $2 and removed_at is null`,
    [paper, notice],
  );
  if (rows[0] === undefined) throw unknown();
  return rows[0];
}

/** Papers of notices that ended so long ago that they are to go: as long as those of a case that was approved are kept. */
export async function overdueNoticePapers(
  db: Pool,
  now: number,
  limit: number,
): Promise<{ readonly notice: string; readonly paper: string }[]> {
  const { rows } = await db.query<{ notice: string; paper: string }>(
    `select p.notice_id::text as notice, p.paper_id::text as paper
       from notice_papers p join shop_notices n using (notice_id)
      cross join (select (rules -> 'keepDays' ->> 'APPROVED')::int as days from shop_rules where valid_from <= $1::timestamptz
                   order by valid_from desc limit 1) r
      where p.removed_at is null and n.ended_at + make_interval(days => r.days) <= $1::timestamptz order by p.paper_id limit $2`,
    [new Date(now), limit],
  );
  return rows;
}

function unknown(): GatewayError {
  return new GatewayError('papers.unknown', 'There is no such paper of this notice.');
}
