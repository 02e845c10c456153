import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { transaction } from '../../src/ops/database.ts';
import type { By } from '../../src/people/index.ts';
import { attachPaper, missingPapers, readCase } from '../../src/shops/index.ts';

const APPLICANT: By = { actor: { id: null, name: 'applicant' } };

/** Gives a case every paper that its rules ask for, as rows: for tests that are not about papers. Nobody can read these. */
export async function givePapers(pool: pg.Pool, caseId: string, now: number, by = APPLICANT): Promise<void> {
  await transaction(pool, async (db) => {
    const keys = await db.query<{ id: number }>(
      `with known as (select key_id from paper_keys order by key_id desc limit 1), made as (
         insert into paper_keys (public, sealed, hsm_key) select $1, '', '{}' where not exists (select 1 from known) returning key_id)
       select key_id as id from known union all select key_id from made`,
      [randomBytes(32)],
    );
    for (const { item, kind } of missingPapers(await readCase(db, caseId))) {
      const sealed = {
        media: 'image/jpeg' as const,
        bytes: 1_000,
        pages: 1,
        source: randomBytes(32),
        content: randomBytes(32),
        file: randomBytes(32),
        keyId: keys.rows[0]?.id ?? 0,
        wrapped: randomBytes(92),
      };
      await attachPaper(db, caseId, { item, kind, sealed }, by, now);
    }
  });
}
