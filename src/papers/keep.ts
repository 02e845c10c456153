import type { Readable } from 'node:stream';
import type { Pool, PoolClient } from 'pg';
import { transaction } from '../ops/database.ts';
import { GatewayError } from '../ops/errors.ts';
import { audit, type By } from '../people/index.ts';
import {
  attachPaper,
  demandRoom,
  detachPaper,
  dropNoticePaper,
  dropPaper,
  overdueNoticePapers,
  overduePapers,
  positionOf,
  readCase,
  sealedPaper,
  type ItemCode,
  type KeptCase,
  type KeptPaper,
} from '../shops/index.ts';
import type { Papers } from './papers.ts';

/** Papers and their cases together: what is on disk and what the database says of it. */

export interface PaperPlace {
  readonly caseId: string;
  readonly item: ItemCode;
  /** As the rules call it (shop_rules `papers`), or `other`. */
  readonly kind: string;
}

export interface PaperUpload {
  readonly by: By;
  readonly now: number;
  /** Uploads of whom are counted together. */
  readonly who: string;
  /** Refuses whose case it is not, in the transaction. */
  readonly allowed?: (db: PoolClient) => Promise<void>;
}

export interface Kept {
  readonly kept: KeptCase;
  readonly paper: KeptPaper;
  /** False: the same paper was there. */
  readonly added: boolean;
}

/** Takes a paper for an item of a case. Whatever goes wrong before the commit, nothing of it is left.
 *  @throws GatewayError `shops.unknown`, `shops.refused`, `papers.*` */
export async function keepPaper(
  papers: Papers,
  pool: Pool,
  { caseId, item, kind }: PaperPlace,
  body: Readable,
  { by, now, who, allowed }: PaperUpload,
): Promise<Kept> {
  await transaction(pool, async (db) => {
    await allowed?.(db);
    demandRoom(await readCase(db, caseId), { item, kind }, now); // before ten mebibytes are received for nothing
  });
  const taken = await papers.take(body, who);
  try {
    return await transaction(pool, async (db) => {
      await allowed?.(db);
      const kept = await attachPaper(db, caseId, { item, kind, sealed: taken.sealed }, by, now);
      if (kept.added) await taken.place();
      return kept;
    });
  } finally {
    await taken.discard();
  }
}

/** Removes a paper for ever: its key with the commit, its file after it.
 *  @throws GatewayError `shops.unknown`, `shops.refused`, `papers.unknown` */
export async function takeAway(
  papers: Papers,
  pool: Pool,
  { caseId, paper }: { caseId: string; paper: string },
  { by, now, allowed }: Omit<PaperUpload, 'who'>,
): Promise<KeptCase> {
  const { kept, file } = await transaction(pool, async (db) => {
    await allowed?.(db);
    return detachPaper(db, caseId, paper, by, now);
  });
  await papers.remove(file);
  return kept;
}

/** Opens a paper for a person. The reading is audited before a byte of it is given out, the refused reading too.
 *  @param reads `all`: an auditor; `cases`: a reviewer, of the cases that are theirs to judge
 *  @throws GatewayError `papers.unknown`, `papers.not-yours`, `papers.missing`, `papers.damaged`, `papers.key` */
export async function readPaper(
  papers: Papers,
  pool: Pool,
  { caseId, paper }: { caseId: string; paper: string },
  { by, now, reads }: { by: By; now: number; reads: 'all' | 'cases' },
): Promise<{ media: string; bytes: Buffer }> {
  const { sealed, refused } = await transaction(pool, async (db) => {
    const found = await sealedPaper(db, { caseId, paper });
    const why = reads === 'all' ? undefined : notYours(await readCase(db, caseId), by.actor.id, now);
    const act = why === undefined ? 'paper.read' : 'paper.read-refused';
    await audit(db, by, { act, object: `case:${caseId}`, after: { paper, ...(why === undefined ? {} : { why }) } });
    return { sealed: found, refused: why };
  });
  if (refused !== undefined) throw new GatewayError('papers.not-yours', refused);
  return { media: sealed.media, bytes: await papers.open(sealed) };
}

/** A case is a reviewer's while it is in review, and of those who signed it afterwards; of whoever typed it, never. */
function notYours({ facts }: KeptCase, person: string | null, now: number): string | undefined {
  const { state } = positionOf(facts, now);
  if (person === facts.clerk) return 'Whoever typed a case does not review it.';
  if (state === 'DRAFT' || (state === 'LAPSED' && facts.submittedAt === undefined)) return 'The case was not sent yet.';
  if (!['APPROVED', 'REFUSED', 'WITHDRAWN'].includes(state)) return undefined;
  const signed = facts.reviews.some((review) => review.person === person);
  return signed ? undefined : 'The case has ended: those who signed it and auditors read its papers.';
}

const SYSTEM: By = { actor: { id: null, name: 'papers' } };
const AT_A_TIME = 200;

/** Removes the papers whose time has come, and what processes that died were writing.
 *  @returns how many papers were removed */
export async function paperDuty(papers: Papers, pool: Pool, now: number): Promise<number> {
  await papers.sweep();
  const overdue = await overduePapers(pool, now, AT_A_TIME);
  for (const place of overdue) {
    try {
      await papers.remove(await transaction(pool, (db) => dropPaper(db, place, 'date', SYSTEM, now)));
    } catch (error) {
      if (!(error instanceof GatewayError && error.code === 'papers.unknown')) throw error; // another copy was first
    }
  }
  const ofNotices = await overdueNoticePapers(pool, now, AT_A_TIME);
  for (const place of ofNotices) {
    try {
      await papers.remove(await transaction(pool, (db) => dropNoticePaper(db, place, 'date', SYSTEM, now)));
    } catch (error) {
      if (!(error instanceof GatewayError && error.code === 'papers.unknown')) throw error; // another copy was first
    }
  }
  return overdue.length + ofNotices.length;
}
