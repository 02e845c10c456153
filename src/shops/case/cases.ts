import type { PoolClient } from 'pg';
import { luhnDigit } from '../../field/pan.ts';
import { persianLine } from '../../field/persian.ts';
import { DAY_MS, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { demandHand, endClaim } from '../desk/claims.ts';
import { lookAt } from '../desk/samples.ts';
import type { ItemCode } from '../requirements/item.ts';
import {
  addPaper,
  demandAsked,
  demandRoom,
  dropPaper,
  type KeptPaper,
  type SealedPaper,
} from '../requirements/papers.ts';
import { shopRules } from '../requirements/rules.ts';
import { CaseStep, type CaseRequest } from './step.ts';
import { readCase, writeItem, type KeptCase, type KeptItem } from './store.ts';

/** A shop that wants to join. */
export interface NewCase {
  readonly name: string;
  readonly guild: string;
  /** Where the shop itself types it: the mobile that was proved, and what the form is known by, so that it begins one case. */
  readonly applicant?: { readonly mobile: string; readonly key: string };
}

/** Begins the application of a shop: a draft, typed by a clerk or by the applicant.
 *  @throws GatewayError `shops.guild`: that guild is not in the scheme; `shops.name`, `shops.rules` */
export async function beginCase(
  db: PoolClient,
  { name: typed, guild, applicant }: NewCase,
  by: By,
  now: number,
): Promise<KeptCase> {
  const rules = await shopRules(db, { day: tehran(now).isoDate });
  if (!rules.guilds.some(({ code }) => code === guild)) {
    const eligible = rules.guilds.map(({ en }) => en.toLowerCase()).join(', ');
    throw new GatewayError('shops.guild', `The scheme serves ${eligible} (rules ${rules.version}), not ${guild}.`);
  }
  const name = persianLine(typed);
  if (name === undefined || name.length < 2)
    throw new GatewayError('shops.name', 'The name of a shop has 2 to 100 characters that can be read.');
  const shop = await db.query<{ id: string }>('insert into shops default values returning shop_id::text as id');
  const due = now + rules.draftDays * DAY_MS;
  const { rows } = await db.query<{ id: string }>(`select nextval('shop_cases_case_id_seq')::text as id`);
  const id = rows[0]?.id ?? '';
  const body = (10_000_000 + (Number(id) % 90_000_000)).toString();
  await db.query(
    `insert into shop_cases (case_id, number, shop_id, clerk, rule_version, name, guild, begun_at, due, state, waits_on, waits_since,
                             waits_until, applicant_mobile, begun_key)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'DRAFT', 'applicant', $8, $9, $10, $11)`,
    [
      id,
      `${body}${luhnDigit(body)}`,
      shop.rows[0]?.id,
      by.actor.id,
      rules.version,
      name,
      guild,
      new Date(now),
      new Date(due),
      applicant?.mobile ?? null,
      applicant?.key ?? null,
    ],
  );
  for (const code of rules.items) {
    // whom it is related to, nobody types: it is looked up when the case is sent
    const item: KeptItem =
      code === 'mobile' && applicant !== undefined
        ? { code, state: 'submitted', version: 1, since: now, value: { number: applicant.mobile }, source: 'owner' }
        : { code, state: code === 'relations' ? 'submitted' : 'due', version: 0, since: now };
    await writeItem(db, id, { item, event: 'begin', person: by.actor.id, owner: applicant?.mobile });
  }
  await audit(db, by, { act: 'case.begun', object: `case:${id}`, after: { name, guild, rules: rules.version } });
  return readCase(db, id);
}

/** @throws GatewayError `shops.unknown`, `shops.stale`, `shops.refused`, `shops.value` (with its `faults`) */
export async function actOnCase(
  db: PoolClient,
  { id, seen }: { id: string; seen: number },
  what: CaseRequest,
  by: By,
  now: number,
): Promise<KeptCase> {
  const kept = await readCase(db, id, true);
  if (kept.version !== seen)
    throw new GatewayError('shops.stale', `Case ${kept.number} was changed meanwhile: read it again.`);
  if (what.kind === 'sign' || what.kind === 'judge') {
    const looked = await lookAt(db, kept, what, by, now);
    if (looked !== undefined) return looked;
    await demandHand(db, id, by, now);
    if (what.kind === 'sign') await endClaim(db, id);
  }
  const done = await new CaseStep(db, kept, by, now).run(what);
  await audit(db, by, {
    act: `case.${done ? ACTS[what.kind] : 'stopped'}`,
    object: `case:${id}`,
    after: shown(what),
  });
  return readCase(db, id);
}

/** Adds a paper to an item. It needs no version seen: papers are only added, several at a time.
 *  @returns whether it is new: the same paper twice is one
 *  @throws GatewayError `shops.unknown`, `shops.refused`, `papers.kind`, `papers.many` */
export async function attachPaper(
  db: PoolClient,
  id: string,
  what: { item: ItemCode; kind: string; sealed: SealedPaper },
  by: By,
  now: number,
): Promise<{ kept: KeptCase; paper: KeptPaper; added: boolean }> {
  const before = await readCase(db, id, true);
  demandRoom(before, what, now);
  const known = await addPaper(db, before, what, by, now);
  if (known.added) await new CaseStep(db, await readCase(db, id), by, now).papersChanged(what.item);
  return { kept: await readCase(db, id), ...known };
}

/** Removes a paper, for ever.
 *  @returns the case, and the hash that names the file
 *  @throws GatewayError `shops.unknown`, `shops.refused`, `papers.unknown` */
export async function detachPaper(
  db: PoolClient,
  id: string,
  paper: string,
  by: By,
  now: number,
): Promise<{ kept: KeptCase; file: Buffer }> {
  const before = await readCase(db, id, true);
  const there = before.papers.find((one) => one.id === paper);
  if (there === undefined) throw new GatewayError('papers.unknown', 'There is no such paper of this case.');
  demandAsked(before, there.item, now);
  const who = by.actor.id === null ? 'applicant' : 'clerk';
  const file = await dropPaper(db, { caseId: id, paper }, who, by, now);
  await new CaseStep(db, await readCase(db, id), by, now).papersChanged(there.item);
  return { kept: await readCase(db, id), file };
}

const ACTS: Readonly<Record<CaseRequest['kind'], string>> = {
  fill: 'filled',
  judge: 'judged',
  submit: 'submitted',
  withdraw: 'withdrawn',
  reopen: 'reopened',
  sign: 'signed',
};

/** Of what was typed the audit holds which item, not what: that stands in the item's history. */
function shown(what: CaseRequest): unknown {
  return what.kind === 'fill' ? { item: what.code } : what;
}
