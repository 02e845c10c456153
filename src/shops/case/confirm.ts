import type { PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { confirmCode, requestCode, type CodeGiven, type OwnerKeys } from '../../owners/index.ts';
import { audit, type By } from '../../people/index.ts';
import type { Random } from '../../ops/random.ts';
import { CaseStep } from './step.ts';
import { keepConfirmation, toConfirm } from './confirmation.ts';
import { readCase, type KeptCase } from './store.ts';

/** The owner confirms what a clerk typed: a code goes to the mobile of the case, the owner tells it, the clerk enters it. */

/** Sends the code. It counts for what is typed now: whoever types another mobile, owner, Sheba or consent sends another.
 *  @throws GatewayError `shops.unknown`, `shops.refused`, `owners.wait` */
export async function askOwner(
  db: PoolClient,
  id: string,
  { by, keys, random }: { by: By; keys: OwnerKeys; random: Random },
  now: number,
): Promise<{ challenge: string; mobile: string }> {
  const kept = await readCase(db, id, true);
  demandOpen(kept);
  const { mobile, terms, stand } = toConfirm(kept);
  const about = { caseId: id, number: kept.number, terms, stand };
  const { challenge } = await requestCode(
    db,
    { mobile, purpose: 'confirm', address: undefined, keys, about },
    now,
    random,
  );
  await audit(db, by, { act: 'case.code-sent', object: `case:${id}` });
  return { challenge, mobile };
}

/** Takes the code. Commit the transaction whatever it says: a wrong attempt counts only then.
 *  @returns the case as it goes on; undefined: the code is wrong, has lapsed, or was sent for something else
 *  @throws GatewayError `shops.unknown`, `shops.refused`, `owners.wait` */
export async function confirmCase(
  db: PoolClient,
  id: string,
  given: CodeGiven,
  by: By,
  now: number,
): Promise<KeptCase | undefined> {
  const kept = await readCase(db, id, true);
  demandOpen(kept);
  const { mobile, terms, stand } = toConfirm(kept);
  const right = await confirmCode(db, given, { caseId: id, number: kept.number, terms, stand, mobile }, now);
  if (!right) return undefined;
  await keepConfirmation(db, id, { mobile, terms, stand }, by.actor.id ?? '', now);
  await new CaseStep(db, kept, by, now).confirmed();
  await audit(db, by, { act: 'case.confirmed', object: `case:${id}`, after: { terms } });
  return readCase(db, id);
}

function demandOpen({ facts }: KeptCase): void {
  if (facts.withdrawnAt !== undefined || facts.reviews.length === 2)
    throw new GatewayError('shops.refused', 'The case has ended.');
}
