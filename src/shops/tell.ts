import type { PoolClient } from 'pg';
import { queueMessage, type TemplateName } from '../messages/index.ts';

/** Tells the owner of a shop, in the transaction of what it tells.
 *  @param mobile null: nobody knows one, as of some shops from files
 *  @returns whether there was somebody to tell */
export async function tellShop(
  db: PoolClient,
  mobile: string | null,
  template: TemplateName,
  values: Readonly<Record<string, string | number>>,
  about: string,
  now: number,
): Promise<boolean> {
  if (mobile === null) return false;
  await queueMessage(db, { to: mobile, template, language: 'fa', values, about }, now);
  return true;
}
