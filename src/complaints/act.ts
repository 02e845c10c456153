import type { Pool, PoolClient } from 'pg';
import { giveBack } from '../ledger/index.ts';
import { queueMessage } from '../messages/index.ts';
import { transaction } from '../ops/database.ts';
import { GatewayError } from '../ops/errors.ts';
import { audit, type By } from '../people/index.ts';
import { raiseAndResolve } from '../settlement/acquirer/index.ts';
import { openBusinessDay } from '../settlement/clearing/index.ts';
import { complaintPosition, decisionRefused, type Remedy } from './complaint.ts';
import { findPurchase, lookAt, type FoundPurchase, type Receipt } from './look.ts';
import {
  insertComplaint,
  noteComplaint,
  openComplaint,
  readComplaint,
  watchedComplaints,
  writeComplaint,
  type ComplaintChange,
  type KeptComplaint,
  type NewComplaint,
} from './store.ts';

/** Files a complaint about the purchase of a receipt, after the system has looked at it by itself. The same again gives the same one.
 *  @returns undefined: no purchase is as the receipt says */
export async function fileComplaint(
  db: PoolClient,
  receipt: Receipt,
  complaint: NewComplaint,
  by: By,
  now: number,
): Promise<KeptComplaint | undefined> {
  const today = await openBusinessDay(db);
  const purchase = today === undefined ? undefined : await findPurchase(db, receipt, today);
  if (purchase === undefined) return undefined;
  const before = await openComplaint(db, purchase, complaint.kind);
  if (before !== undefined) return readComplaint(db, before);
  const look = await lookAt(db, purchase, complaint.kind, now);
  const id = await insertComplaint(db, purchase, complaint, look, now);
  if (id === undefined) return sameTime(db, purchase, complaint);
  await noteComplaint(
    db,
    id,
    'filed',
    { person: by.actor.id, detail: `${complaint.kind}; found: ${look.finding}` },
    now,
  );
  await audit(db, by, {
    act: 'complaint.filed',
    object: `complaint:${id}`,
    after: { kind: complaint.kind, finding: look.finding },
  });
  return readComplaint(db, id);
}

async function sameTime(
  db: PoolClient,
  purchase: FoundPurchase,
  { kind }: NewComplaint,
): Promise<KeptComplaint | undefined> {
  const other = await openComplaint(db, purchase, kind);
  return other === undefined ? undefined : readComplaint(db, other);
}

/** What a party does to a complaint. */
export type ComplaintRequest =
  | { readonly kind: 'contest' | 'answer'; readonly text: string }
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'ask'; readonly text: string }
  | { readonly kind: 'refuse'; readonly reason: string }
  | { readonly kind: 'propose'; readonly remedy: Remedy; readonly rials?: bigint | undefined; readonly reason: string }
  | { readonly kind: 'approve' }
  | { readonly kind: 'reject'; readonly reason: string };

/** @param seen its version, as whoever acts has read it; undefined: it does not matter
 *  @throws GatewayError `complaints.unknown`, `complaints.stale`, `complaints.state`, `complaints.same-person`, `complaints.rials`,
 *    `ledger.return`, `break.…` */
export async function actOnComplaint(
  db: PoolClient,
  { id, seen }: { readonly id: string; readonly seen?: number | undefined },
  request: ComplaintRequest,
  by: By,
  now: number,
): Promise<KeptComplaint> {
  const before = await readComplaint(db, id, true);
  if (seen !== undefined && seen !== before.version)
    throw new GatewayError('complaints.stale', `Complaint ${before.number} was changed meanwhile: read it again.`);
  const { state, waiting } = complaintPosition(before.facts, now);
  if (waiting?.can.includes(request.kind) !== true)
    throw new GatewayError('complaints.state', `A complaint that is ${state} does not take "${request.kind}".`);
  const change = await changeOf(db, before, request, by, now);
  const after = await writeComplaint(db, id, change, now);
  const detail = 'text' in request ? request.text : 'reason' in request ? request.reason : (change.posting ?? '');
  await noteComplaint(db, id, request.kind, { person: by.actor.id, detail }, now);
  await audit(db, by, {
    act: `complaint.${request.kind}`,
    object: `complaint:${id}`,
    before: { state },
    after: {
      state: complaintPosition(after.facts, now).state,
      remedy: after.remedy,
      rials: String(after.remedyRials ?? ''),
      posting: after.posting,
    },
  });
  if (['ask', 'refuse', 'approve'].includes(request.kind)) await tell(db, after, request.kind === 'ask', now);
  return after;
}

async function changeOf(
  db: PoolClient,
  complaint: KeptComplaint,
  request: ComplaintRequest,
  by: By,
  now: number,
): Promise<ComplaintChange> {
  const at = new Date(now);
  switch (request.kind) {
    case 'contest':
      return { contested_at: at, told: added(complaint.told, request.text) };
    case 'answer':
      return { answered_at: at, told: added(complaint.told, request.text) };
    case 'withdraw':
      return { ended: 'withdrawn', ended_at: at, ended_by: by.actor.id };
    case 'ask':
      return { asked: request.text, asked_at: at };
    case 'refuse':
      return { ended: 'refused', ended_at: at, ended_by: by.actor.id, reason: request.reason };
    case 'propose':
      return proposal(complaint, request, by, at);
    case 'reject':
      demandOther(complaint, by, now);
      return { remedy: null, remedy_rials: null, proposed_by: null, proposed_at: null, reason: null };
    case 'approve':
      demandOther(complaint, by, now);
      return { ended: 'accepted', ended_at: at, ended_by: by.actor.id, posting: await post(db, complaint, by, now) };
  }
}

function added(before: string, text: string): string {
  return `${before}${before === '' ? '' : '\n'}${text}`.slice(-1_000);
}

function proposal(
  { purchase }: KeptComplaint,
  { remedy, rials, reason }: Extract<ComplaintRequest, { kind: 'propose' }>,
  by: By,
  at: Date,
): ComplaintChange {
  const most = BigInt(purchase.total);
  const amount = remedy === 'none' ? 0n : (rials ?? most);
  if (amount > most || (remedy !== 'none' && amount <= 0n))
    throw new GatewayError('complaints.rials', `The purchase was ${most} rials: ${amount} cannot be posted.`);
  return { remedy, remedy_rials: String(amount), reason, proposed_by: by.actor.id, proposed_at: at };
}

/** @throws GatewayError `complaints.same-person` */
function demandOther({ facts, number }: KeptComplaint, by: By, now: number): void {
  if (decisionRefused(facts, by.actor.id ?? '', now) === undefined && by.actor.id !== null) return;
  throw new GatewayError(
    'complaints.same-person',
    `${by.actor.name} proposed how to end complaint ${number}: another person decides.`,
  );
}

/** An accepted complaint ends in a posting of the ledger or of settlement, never in an edit.
 *  @returns what was posted; null: no money moves */
async function post(db: PoolClient, complaint: KeptComplaint, by: By, now: number): Promise<string | null> {
  const { remedy, remedyRials, purchase, number, reason, facts } = complaint;
  const rials = remedyRials ?? 0n;
  if (remedy === 'return') {
    const { household, id, day } = purchase;
    const reference = `C${number.slice(-6, -1)}`;
    return giveBack(db, { householdId: household, transactionId: id, businessDay: day, rials, reference, now });
  }
  if (remedy !== 'credit_shop' && remedy !== 'debit_shop') return null;
  const proposer = await nameOf(db, facts.proposal?.by ?? '');
  const broken = await raiseAndResolve(db, {
    class: 'COMPLAINT',
    source: `complaint ${number}`,
    day: purchase.day,
    merchant: purchase.merchant,
    terminal: purchase.terminal,
    rrn: purchase.rrn,
    household: purchase.household,
    transaction: purchase.id,
    rials,
    post: remedy === 'credit_shop' ? 'credit' : 'debit',
    reason: reason ?? '',
    proposedBy: proposer,
    approvedBy: by.actor.name,
    now,
  });
  return `break ${broken}`;
}

async function nameOf(db: PoolClient, person: string): Promise<string> {
  const { rows } = await db.query<{ login: string }>('select login from persons where person_id = $1', [person]);
  return rows[0]?.login ?? person;
}

async function tell(db: PoolClient, { mobile, number }: KeptComplaint, asked: boolean, now: number): Promise<void> {
  if (mobile === null) return;
  const template = asked ? ('complaint.asked' as const) : ('complaint.ended' as const);
  await queueMessage(
    db,
    { to: mobile, template, language: 'fa', values: { number }, about: `complaint:${number}` },
    now,
  );
}

/** Looks again at what is watched, and moves on what time has moved. Safe in any number of copies at once.
 *  @returns how many changed */
export async function watchComplaints(pool: Pool, now: number): Promise<number> {
  let changed = 0;
  for (const id of await watchedComplaints(pool)) {
    changed += await transaction(pool, async (db) => {
      const before = await readComplaint(db, id, true);
      const { state } = complaintPosition(before.facts, now);
      if (before.facts.contestedAt !== undefined || state === 'LAPSED') {
        await writeComplaint(db, id, {}, now);
        return 1;
      }
      const { finding, until } = await lookAt(db, before.purchase, before.facts.kind, now);
      // What is still the same is watched to its first end: then a person looks.
      if (finding === before.facts.finding && state === 'WATCHED') return 0;
      const same = finding === before.facts.finding;
      const found = same
        ? {}
        : { finding, finding_until: until === undefined ? null : new Date(until), found_at: new Date(now) };
      await writeComplaint(db, id, found, now);
      if (!same) await noteComplaint(db, id, 'looked', { person: null, detail: finding }, now);
      return 1;
    });
  }
  return changed;
}
