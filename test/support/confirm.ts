import type pg from 'pg';
import { transaction } from '../../src/ops/database.ts';
import { keepConfirmation, toConfirm } from '../../src/shops/case/confirmation.ts';
import { readCase } from '../../src/shops/index.ts';

/** What a clerk typed, the owner confirmed by the code: for tests that are not about that. Before the case is sent. */
export async function confirmByOwner(pool: pg.Pool, caseId: string, now: number): Promise<void> {
  await transaction(pool, async (db) => {
    const kept = await readCase(db, caseId);
    await keepConfirmation(db, caseId, toConfirm(kept), kept.facts.clerk ?? '', now);
  });
}
