import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { positionOf, type CaseFacts } from '../case/case.ts';
import { isWithApplicant, type ItemCode } from './item.ts';
import type { NeededPaper, ShopRules } from './rules.ts';

/** The papers of a case (migrations/0660_papers.sql): which there are, and which are missing. What they show is src/papers'. */

/** Of one case at a time. */
export const MOST_PAPERS = 30;
/** What an applicant adds though nobody asks for it. */
export const OTHER_PAPER = 'other';

/** How a paper is kept: whoever examined and sealed it says so. Hashes are SHA-256. */
export interface SealedPaper {
  readonly media: 'image/jpeg' | 'application/pdf';
  readonly bytes: number;
  readonly pages: number;
  /** Of what was uploaded. */
  readonly source: Buffer;
  /** Of what is kept. */
  readonly content: Buffer;
  /** Of the file, which is named by it. */
  readonly file: Buffer;
  readonly keyId: number;
  readonly wrapped: Buffer;
}

/** What of it anybody may see who sees the case. */
export interface KeptPaper {
  readonly id: string;
  readonly item: ItemCode;
  readonly kind: string;
  readonly media: SealedPaper['media'];
  readonly bytes: number;
  readonly pages: number;
  /** Hexadecimal, of what is kept. */
  readonly sha256: string;
  /** Null: the applicant. */
  readonly uploadedBy: string | null;
  /** ms since the epoch. */
  readonly uploadedAt: number;
}

const COLUMNS = `paper_id::text as id, item, kind, media, bytes, pages, encode(sha256, 'hex') as sha256,
  uploaded_by::text as "uploadedBy", (extract(epoch from uploaded_at) * 1000)::float8 as "uploadedAt"`;

/** @returns those that are there, in the order they came */
export async function papersOf(db: Pool | PoolClient, caseId: string): Promise<KeptPaper[]> {
  const { rows } = await db.query<KeptPaper>(
    `select ${COLUMNS} from shop_papers where case_id = $1 and removed_at is null order by paper_id`,
    [caseId],
  );
  return rows;
}

/** What of a case its papers depend on. */
interface PaperCase {
  readonly id: string;
  readonly rules: ShopRules;
  readonly facts: CaseFacts;
  readonly papers: readonly KeptPaper[];
}

/** What the rules of a case ask for and nobody has brought yet. */
export function missingPapers(
  { rules, papers, facts }: Pick<PaperCase, 'rules' | 'papers' | 'facts'>,
  item?: ItemCode,
): NeededPaper[] {
  const asked = facts.items.filter(({ state }) => state !== 'not_required' && state !== 'waived');
  return rules.papers.filter(
    (needed) =>
      asked.some(({ code }) => code === needed.item) &&
      (item === undefined || needed.item === item) &&
      !papers.some((paper) => paper.item === needed.item && paper.kind === needed.kind),
  );
}

/** Whether papers of an item may be added and removed now: while the applicant has something to do there.
 *  @throws GatewayError `papers.kind`, `shops.refused`, `papers.many` */
export function demandRoom(kept: PaperCase, { item, kind }: { item: ItemCode; kind: string }, now: number): void {
  if (kind !== OTHER_PAPER && !kept.rules.papers.some((needed) => needed.item === item && needed.kind === kind))
    throw new GatewayError('papers.kind', `Rules ${kept.rules.version} ask for no paper ${kind} of ${item}.`);
  demandAsked(kept, item, now);
  if (kept.papers.length >= MOST_PAPERS)
    throw new GatewayError('papers.many', `A case has at most ${MOST_PAPERS} papers: remove one first.`);
}

/** @throws GatewayError `shops.refused` */
export function demandAsked(kept: PaperCase, code: ItemCode, now: number): void {
  const { state } = positionOf(kept.facts, now);
  const item = kept.facts.items.find((one) => one.code === code);
  if (state === 'LAPSED') throw new GatewayError('shops.refused', 'The case has lapsed: reopen it first.');
  if (item !== undefined && (state === 'DRAFT' || (state === 'RETURNED' && isWithApplicant(item)))) return;
  throw new GatewayError('shops.refused', 'No paper is asked for there now.');
}

/** @returns the paper, and whether it is new: the same one twice is one */
export async function addPaper(
  db: PoolClient,
  { id: caseId, papers }: PaperCase,
  { item, kind, sealed }: { item: ItemCode; kind: string; sealed: SealedPaper },
  by: By,
  now: number,
): Promise<{ paper: KeptPaper; added: boolean }> {
  const { rows: known } = await db.query<{ id: string }>(
    `select paper_id::text as id from shop_papers
      where case_id = $1 and item = $2 and kind = $3 and source_sha256 = $4 and removed_at is null`,
    [caseId, item, kind, sealed.source],
  );
  const there = papers.find(({ id }) => id === known[0]?.id);
  if (there !== undefined) return { paper: there, added: false };
  const { rows } = await db.query<KeptPaper>(
    `insert into shop_papers (case_id, item, kind, media, bytes, pages, source_sha256, sha256, file_sha256, key_id, wrapped, uploaded_by, uploaded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning ${COLUMNS}`,
    [
      caseId,
      item,
      kind,
      sealed.media,
      sealed.bytes,
      sealed.pages,
      sealed.source,
      sealed.content,
      sealed.file,
      sealed.keyId,
      sealed.wrapped,
      by.actor.id,
      new Date(now),
    ],
  );
  const [paper] = rows;
  if (paper === undefined) throw new Error('a row that was inserted is not there');
  const { bytes, pages, media, sha256 } = paper;
  const after = { item, kind, media, bytes, pages, sha256 };
  await audit(db, by, { act: 'paper.added', object: `case:${caseId}`, after: { paper: paper.id, ...after } });
  return { paper, added: true };
}

/** Forgets the key of a paper, so that nobody can read it any more; its file goes after the commit.
 *  @returns the hash that names the file */
export async function dropPaper(
  db: PoolClient,
  { caseId, paper }: { caseId: string; paper: string },
  why: 'applicant' | 'clerk' | 'date',
  by: By,
  now: number,
): Promise<Buffer> {
  const { rows } = await db.query<{ file: Buffer; item: string; kind: string }>(
    `update shop_papers set wrapped = null, removed_at = $3, removed_by = $4
      where paper_id = $1 and case_id = $2 and removed_at is null returning file_sha256 as file, item, kind`,
    [paper, caseId, new Date(now), why],
  );
  const [row] = rows;
  if (row === undefined) throw new GatewayError('papers.unknown', 'There is no such paper of this case.');
  const { file, item, kind } = row;
  await audit(db, by, { act: 'paper.removed', object: `case:${caseId}`, before: { paper, item, kind, why } });
  return file;
}

/** What opens a paper. @throws GatewayError `papers.unknown` */
export async function sealedPaper(
  db: Pool | PoolClient,
  { caseId, paper }: { caseId: string; paper: string },
): Promise<SealedPaper> {
  const { rows } = await db.query<SealedPaper>(
    `select media, bytes, pages, source_sha256 as source, sha256 as content, file_sha256 as file, key_id as "keyId", wrapped
       from shop_papers where paper_id = $1 and case_id = $2 and removed_at is null`,
    [paper, caseId],
  );
  const [row] = rows;
  if (row === undefined) throw new GatewayError('papers.unknown', 'There is no such paper of this case.');
  return row;
}

export interface OverduePaper {
  readonly caseId: string;
  readonly paper: string;
}

/** Papers whose case ended so long ago that they are to go, by the rules that the case began with. Rules without dates keep the papers. */
export async function overduePapers(db: Pool, now: number, limit: number): Promise<OverduePaper[]> {
  const { rows } = await db.query<OverduePaper>(
    `select p.case_id::text as "caseId", p.paper_id::text as paper
       from shop_papers p join shop_cases c using (case_id) join shop_rules r on r.version = c.rule_version
      cross join lateral (select case
          when c.state in ('APPROVED', 'REFUSED', 'WITHDRAWN') then c.state
          when c.due <= $1 and c.waits_on = 'applicant' then 'LAPSED' end as how,
        case c.state when 'WITHDRAWN' then c.withdrawn_at
          when 'APPROVED' then (select max(v.at) from shop_reviews v where v.case_id = c.case_id)
          when 'REFUSED' then (select max(v.at) from shop_reviews v where v.case_id = c.case_id)
          else c.due end as at) as ended
      where p.removed_at is null and ended.how is not null
        and ended.at + make_interval(days => (r.rules -> 'keepDays' ->> ended.how)::int) <= $1
      order by p.paper_id limit $2`,
    [new Date(now), limit],
  );
  return rows;
}
