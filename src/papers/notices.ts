import type { Readable } from 'node:stream';
import type { Pool } from 'pg';
import { transaction } from '../ops/database.ts';
import { GatewayError } from '../ops/errors.ts';
import { audit, type By } from '../people/index.ts';
import {
  addNoticePaper,
  demandNoticeRoom,
  readNotice,
  removeNoticePaper,
  sealedNoticePaper,
  type Notice,
  type NoticePaper,
} from '../shops/index.ts';
import type { PaperUpload } from './keep.ts';
import type { Papers } from './papers.ts';

/** Papers that a shop brings with its answer to a notice and with its appeal: kept, read and removed as those of a case are. */

/** Whatever goes wrong before the commit, nothing of it is left.
 *  @throws GatewayError `shops.unknown`, `shops.refused`, `papers.*` */
export async function keepNoticePaper(
  papers: Papers,
  pool: Pool,
  notice: string,
  body: Readable,
  { by, now, who }: Omit<PaperUpload, 'allowed'>,
): Promise<{ readonly paper: NoticePaper; readonly added: boolean }> {
  await transaction(pool, (db) => demandNoticeRoom(db, notice, now)); // before ten mebibytes are received for nothing
  const taken = await papers.take(body, who);
  try {
    return await transaction(pool, async (db) => {
      const kept = await addNoticePaper(db, notice, taken.sealed, by, now);
      if (kept.added) await taken.place();
      return kept;
    });
  } finally {
    await taken.discard();
  }
}

/** Removes a paper for ever: its key with the commit, its file after it.
 *  @throws GatewayError `shops.unknown`, `shops.refused`, `papers.unknown` */
export async function takeNoticePaperAway(
  papers: Papers,
  pool: Pool,
  place: { readonly notice: string; readonly paper: string },
  { by, now }: { readonly by: By; readonly now: number },
): Promise<void> {
  await papers.remove(await transaction(pool, (db) => removeNoticePaper(db, place, by, now)));
}

/** Opens a paper for a person. The reading is audited before a byte of it is given out, the refused reading too.
 *  @param reads `all`: an auditor; `judged`: who judges shops; `none`: anybody else
 *  @throws GatewayError `papers.unknown`, `papers.not-yours`, `papers.missing`, `papers.damaged`, `papers.key` */
export async function readNoticePaper(
  papers: Papers,
  pool: Pool,
  place: { readonly notice: string; readonly paper: string },
  { by, now, reads }: { readonly by: By; readonly now: number; readonly reads: 'all' | 'judged' | 'none' },
): Promise<{ readonly media: string; readonly bytes: Buffer }> {
  const { sealed, refused } = await transaction(pool, async (db) => {
    const found = await sealedNoticePaper(db, place);
    const why = reads === 'all' ? undefined : notYours(await readNotice(db, place.notice, now), by.actor.id, reads);
    const act = why === undefined ? 'paper.read' : 'paper.read-refused';
    const after = { paper: place.paper, ...(why === undefined ? {} : { why }) };
    await audit(db, by, { act, object: `notice:${place.notice}`, after });
    return { sealed: found, refused: why };
  });
  if (refused !== undefined) throw new GatewayError('papers.not-yours', refused);
  return { media: sealed.media, bytes: await papers.open(sealed) };
}

/** A notice is everybody's who may decide it, until it is final; then theirs who gave or decided it. */
function notYours({ facts, position }: Notice, person: string | null, reads: 'judged' | 'none'): string | undefined {
  if (reads === 'none') return 'Whoever may decide a notice, and auditors, read what the shop brings.';
  if (position.on !== undefined) return undefined;
  const had = [facts.notifiedBy, facts.decision?.person, facts.final?.person].includes(person ?? '');
  return had ? undefined : 'The notice is final: those who gave and decided it, and auditors, read its papers.';
}
