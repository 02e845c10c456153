import type { PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import type { KeptCase } from './store.ts';

/** What a clerk typed, the owner confirms by a one-time code: that it is so, that the mobile is theirs, and that they accept the terms
 *  (people.md 4). Without it the mobile is not met, and nobody has consented. */

/** What an owner stands for: another value wants another code. */
const STOOD_FOR = ['owner_identity', 'sheba', 'mobile', 'terms'] as const;

/** Met only by what the owner confirmed. */
export function needsOwner(code: string): boolean {
  return code === 'mobile' || code === 'terms';
}

/** What is to be confirmed of a case as it is now. */
export interface ToConfirm {
  readonly mobile: string;
  readonly terms: string;
  /** Names it: the versions of its items. */
  readonly stand: string;
}

/** @throws GatewayError `shops.refused`: what the owner confirms is not typed yet, or the owner typed it */
export function toConfirm(kept: KeptCase): ToConfirm {
  if (kept.facts.clerk === undefined)
    throw new GatewayError(
      'shops.refused',
      'The owner typed this case with a proved mobile: nothing is to be confirmed.',
    );
  const values = new Map(kept.items.map(({ code, value }) => [code as string, value]));
  const missing = STOOD_FOR.filter((code) => values.has(code) && values.get(code) === undefined);
  const mobile = values.get('mobile')?.['number'];
  if (missing.length > 0 || typeof mobile !== 'string')
    throw new GatewayError('shops.refused', `Fill in ${(missing[0] === undefined ? ['mobile'] : missing).join(', ')} first: the owner confirms it.`); // prettier-ignore
  const terms = values.get('terms')?.['version'];
  return { mobile, terms: typeof terms === 'string' ? terms : kept.rules.terms, stand: standOf(kept.items) };
}

export async function keepConfirmation(
  db: PoolClient,
  caseId: string,
  { mobile, terms, stand }: ToConfirm,
  clerk: string,
  now: number,
): Promise<void> {
  await db.query(
    `insert into shop_confirmations (case_id, stand, mobile, terms, clerk, at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [caseId, stand, mobile, terms, clerk, new Date(now)],
  );
}

/** Whether the owner confirmed what is named so.
 *  @param stand of `standOf` */
export async function isConfirmed(db: PoolClient, caseId: string, stand: string): Promise<boolean> {
  const { rows } = await db.query('select 1 from shop_confirmations where case_id = $1 and stand = $2', [
    caseId,
    stand,
  ]);
  return rows.length > 0;
}

/** Names what an owner stands for, by the versions of its items. */
export function standOf(items: Iterable<{ readonly code: string; readonly version: number }>): string {
  const versions = new Map(Array.from(items, ({ code, version }) => [code, version]));
  return STOOD_FOR.map((code) => versions.get(code) ?? '').join('.');
}
