import type { PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { CaseStep } from './step.ts';
import { askedRegistries, type Checked, type Word } from '../requirements/registry-words.ts';
import { readCase, type KeptCase, type KeptItem } from './store.ts';

/** What registries are asked about cases: taken by whichever copy comes first, answered later, and only applied to what was asked about. */

export interface Question {
  readonly caseId: string;
  readonly number: string;
  readonly code: Checked;
  /** Of the item: an answer to an older one changes nothing. */
  readonly version: number;
  /** What the shop typed, for every registry. */
  readonly values: Readonly<Record<string, string>>;
}

interface Waiting {
  readonly case_id: string;
  readonly code: Checked;
}

/** What a registry of `asked` may be asked now: what was sent, what did not answer and is due again, and what a copy took and was not heard of
 *  since. */
const DUE = `select c.case_id::text, i.code from shop_items i join shop_cases c using (case_id)
  where c.submitted_at is not null and c.withdrawn_at is null and c.state not in ('APPROVED', 'REFUSED', 'WITHDRAWN')
    and (i.state = 'submitted' or (i.state in ('unknown', 'verifying') and i.next_check <= $2))`;

/** Takes one question, for as long as it may take to be answered. Whoever holds its case is not waited for.
 *  @param until ms since the epoch: then another may take it
 *  @returns undefined: there is none */
export async function takeQuestion(
  db: PoolClient,
  asked: readonly Checked[],
  until: number,
  now: number,
): Promise<Question | undefined> {
  const found = await waiting(db, 'i.code = any ($1)', 'coalesce(i.next_check, i.since)', asked, now);
  if (found === undefined) return undefined;
  const { kept, item } = found;
  if (item.state === 'verifying')
    await db.query('update shop_items set next_check = $3 where case_id = $1 and code = $2', [
      kept.id,
      item.code,
      new Date(until),
    ]);
  else await new CaseStep(db, kept, SYSTEM, now).ask(item.code, until);
  return { caseId: kept.id, number: kept.number, code: found.code, version: item.version, values: valuesOf(kept) };
}

/** One that is due, with its case locked. What was due when the statement began may have been taken before the lock was had: it is read again
 *  under the lock. */
async function waiting(
  db: PoolClient,
  wanted: string,
  order: string,
  codes: readonly Checked[],
  now: number,
): Promise<{ kept: KeptCase; item: KeptItem; code: Checked } | undefined> {
  for (let tries = 0; tries < 10; tries++) {
    const { rows } = await db.query<Waiting>(
      `${DUE} and ${wanted} order by ${order} limit 1 for update of c skip locked`,
      [codes, new Date(now)],
    );
    const [found] = rows;
    if (found === undefined) return undefined;
    const kept = await readCase(db, found.case_id, true);
    const item = kept.items.find(({ code }) => code === found.code);
    if (item !== undefined && isDue(item, now) && kept.facts.withdrawnAt === undefined)
      return { kept, item, code: found.code };
  }
  return undefined;
}

function isDue({ state, nextCheck }: KeptItem, now: number): boolean {
  return (
    state === 'submitted' ||
    ((state === 'unknown' || state === 'verifying') && nextCheck !== undefined && nextCheck <= now)
  );
}

/** What waits for a registry that is asked no more goes to a person.
 *  @returns whether there was any */
export async function dropUnasked(db: PoolClient, asked: readonly Checked[], now: number): Promise<boolean> {
  const others = `i.code <> all ($1) and i.code not in ('terms', 'relations', 'terminal')`;
  const found = await waiting(db, others, 'i.since', asked, now);
  if (found === undefined) return false;
  const change = new CaseStep(db, found.kept, SYSTEM, now);
  if (found.item.state !== 'verifying') await change.ask(found.code, now);
  await change.said(found.code, { verdict: 'unknown' });
  return true;
}

/** Applies what a registry said.
 *  @returns false: the item was typed again, judged or withdrawn meanwhile; the answer changes nothing */
export async function applyWord(
  db: PoolClient,
  { caseId, code, version }: Question,
  word: Word,
  now: number,
): Promise<boolean> {
  const kept = await readCase(db, caseId, true);
  const item = kept.items.find((one) => one.code === code);
  const ended = kept.facts.withdrawnAt !== undefined || kept.facts.reviews.length === 2;
  if (item?.state !== 'verifying' || item.version !== version || ended) return false;
  const by: By = { actor: { id: null, name: `registry ${code}` } };
  await new CaseStep(db, kept, by, now).said(code, word);
  await audit(db, by, { act: 'case.checked', object: `case:${caseId}`, after: { item: code, version, ...word } });
  return true;
}

/** Has a registry asked again, as a person wants it: what it said before stands no more.
 *  @throws GatewayError `shops.unknown`, `shops.stale`, `shops.refused` */
export async function checkAgain(
  db: PoolClient,
  { id, seen, code }: { id: string; seen: number; code: Checked },
  by: By,
  now: number,
): Promise<KeptCase> {
  const kept = await readCase(db, id, true);
  if (kept.version !== seen)
    throw new GatewayError('shops.stale', `Case ${kept.number} was changed meanwhile: read it again.`);
  if (kept.facts.submittedAt === undefined)
    throw new GatewayError('shops.refused', 'The case is a draft: send it first.');
  if (!(await askedRegistries(db)).has(code))
    throw new GatewayError('shops.refused', `No registry is asked about ${code}: a reviewer decides.`);
  if (kept.items.find((one) => one.code === code)?.value === undefined)
    throw new GatewayError('shops.refused', `Nothing is typed for ${code} yet.`);
  await new CaseStep(db, kept, by, now).ask(code, now);
  await audit(db, by, { act: 'case.check-again', object: `case:${id}`, after: { item: code } });
  return readCase(db, id);
}

const SYSTEM: By = { actor: { id: null, name: 'checks of shops' } };

/** Under names of their own, for the descriptions of registries. */
function valuesOf({ number, name, guild, items }: KeptCase): Record<string, string> {
  const said = (code: string, field: string): string => {
    const value = items.find((item) => item.code === code)?.value?.[field];
    return typeof value === 'string' ? value : '';
  };
  return {
    caseNumber: number,
    shopName: name,
    guild,
    nationalId: said('owner_identity', 'nationalId'),
    ownerName: said('owner_identity', 'name'),
    mobile: said('mobile', 'number'),
    sheba: said('sheba', 'sheba'),
    licence: said('guild_licence', 'number'),
    taxCode: said('tax_code', 'code'),
    postalCode: said('address', 'postalCode'),
    address: said('address', 'text'),
  };
}

/** The names that `valuesOf` gives. */
export const QUESTION_VALUES = [
  'caseNumber',
  'shopName',
  'guild',
  'nationalId',
  'ownerName',
  'mobile',
  'sheba',
  'licence',
  'taxCode',
  'postalCode',
  'address',
] as const;
