import { createPublicKey } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { keyId, readReport, reportDigest, verifyReport } from '../report/report.ts';

/** Verdicts of devices in the database: by a signed report of a believed key, or by two persons (decision 67). */

export interface Certification {
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  readonly software: string;
  readonly profile: string;
  readonly verdict: 'passed' | 'failed';
  readonly reason: string;
  readonly reportSha256: string | null;
  readonly keyId: string | null;
  readonly proposedBy: string;
  readonly proposedAt: string;
  readonly confirmedBy: string | null;
  readonly revokedAt: string | null;
  /** Whether it holds now. */
  readonly inForce: boolean;
}

const SHOWN = `c.certification_id::text as id, c.vendor, c.model, c.software, c.profile, c.verdict, c.reason, c.report_sha256 as "reportSha256",
  c.key_id as "keyId", c.proposed_by as "proposedBy", to_char(c.proposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "proposedAt",
  c.confirmed_by as "confirmedBy", to_char(c.revoked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "revokedAt",
  exists (select 1 from certifications_in_force f where f.certification_id = c.certification_id) as "inForce"`;

/** Whether a device of this model may run this software in this profile: its newest verdict that holds is "passed". */
export async function isCertified(
  db: Pool | PoolClient,
  { model, software, profile }: { readonly model: string; readonly software: string; readonly profile: string },
): Promise<boolean> {
  const { rows } = await db.query<{ verdict: string }>(
    `select verdict from certifications_in_force where model = $1 and software = $2 and profile = $3
      order by certification_id desc limit 1`,
    [model, software, profile],
  );
  return rows[0]?.verdict === 'passed';
}

export interface CertificationFilter {
  readonly model?: string | undefined;
  readonly software?: string | undefined;
  readonly profile?: string | undefined;
  /** Older than this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** The newest first. */
export async function listCertifications(
  db: Pool | PoolClient,
  { model, software, profile, before, limit }: CertificationFilter,
): Promise<Certification[]> {
  const { rows } = await db.query<Certification>(
    `select ${SHOWN} from certifications c
      where ($1::text is null or c.model = $1) and ($2::text is null or c.software = $2) and ($3::text is null or c.profile = $3)
        and ($4::bigint is null or c.certification_id < $4)
      order by c.certification_id desc limit $5`,
    [model ?? null, software ?? null, profile ?? null, before ?? null, limit],
  );
  return rows;
}

/** @throws GatewayError `certification.unknown` */
export async function certificationOf(db: Pool | PoolClient, id: string): Promise<Certification> {
  const { rows } = await db.query<Certification>(
    `select ${SHOWN} from certifications c where c.certification_id = $1`,
    [id],
  );
  const [found] = rows;
  if (found === undefined) throw new GatewayError('certification.unknown', `There is no verdict ${id}.`);
  return found;
}

/** A person says a verdict, or confirms what another has said: it holds by two.
 *  @throws GatewayError `certification.second` */
export async function proposeVerdict(
  db: PoolClient,
  what: Pick<Certification, 'vendor' | 'model' | 'software' | 'profile' | 'verdict' | 'reason'>,
  by: By,
  now: number,
): Promise<Certification> {
  const { vendor, model, software, profile, verdict, reason } = what;
  const { rows } = await db.query<{ id: string }>(
    `insert into certifications (vendor, model, software, profile, verdict, reason, proposed_by, proposed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning certification_id::text as id`,
    [vendor, model, software, profile, verdict, reason, by.actor.name, new Date(now)],
  );
  return done(db, rows[0]?.id ?? '', 'certification.proposed', by);
}

/** @throws GatewayError `certification.unknown`, `certification.second` for the same person, or what holds or was revoked */
export async function confirmVerdict(db: PoolClient, id: string, by: By, now: number): Promise<Certification> {
  const before = await certificationOf(db, id);
  if (before.inForce || before.revokedAt !== null || before.confirmedBy !== null)
    throw new GatewayError('certification.second', `Verdict ${id} waits for nobody.`);
  if (before.proposedBy === by.actor.name)
    throw new GatewayError(
      'certification.second',
      `${by.actor.name} said verdict ${id}: another person must confirm it.`,
    );
  await db.query('update certifications set confirmed_by = $2, confirmed_at = $3 where certification_id = $1', [id, by.actor.name, new Date(now)]); // prettier-ignore
  return done(db, id, 'certification.confirmed', by);
}

/** @throws GatewayError `certification.unknown`, `certification.second` for what was revoked already */
export async function revokeVerdict(
  db: PoolClient,
  { id, reason }: { readonly id: string; readonly reason: string },
  by: By,
  now: number,
): Promise<Certification> {
  const before = await certificationOf(db, id);
  if (before.revokedAt !== null) throw new GatewayError('certification.second', `Verdict ${id} is revoked already.`);
  await db.query('update certifications set revoked_by = $2, revoke_reason = $3, revoked_at = $4 where certification_id = $1', [id, by.actor.name, reason, new Date(now)]); // prettier-ignore
  return done(db, id, 'certification.revoked', by);
}

/** Registers the verdict of a signed report: at once where its key is believed. An unfinished run has no verdict.
 *  @throws GatewayError `certification.report`, `certification.forged`, `certification.key`, `certification.registered` */
export async function registerReport(db: PoolClient, text: string, by: By, now: number): Promise<Certification> {
  const { signature } = readReport(text);
  const { rows: keys } = await db.query<{ pem: string }>(
    'select public_key as pem from certification_keys where key_id = $1 and confirmed_at is not null and ended_at is null',
    [signature.key],
  );
  const [key] = keys;
  if (key === undefined)
    throw new GatewayError(
      'certification.key',
      `The report is signed with key ${signature.key.slice(0, 16)}…, which no two persons have confirmed: kalabarg certify trust.`,
    );
  const { report } = verifyReport(text, createPublicKey(key.pem));
  if (report.verdict === 'incomplete')
    throw new GatewayError('certification.report', 'The run is not finished: some of its cases were never done.');
  const { vendor, model, software, profile } = report.subject;
  const { rows } = await db.query<{ id: string }>(
    `insert into certifications (vendor, model, software, profile, verdict, reason, report_sha256, key_id, counts, proposed_by, proposed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (report_sha256) do nothing returning certification_id::text as id`,
    [
      ...[vendor, model, software, profile, report.verdict, `report of run ${report.run}`, reportDigest(report)],
      ...[signature.key, JSON.stringify(report.counts), by.actor.name, new Date(now)],
    ],
  );
  const [made] = rows;
  if (made === undefined) throw new GatewayError('certification.registered', 'This report is registered already.');
  return done(db, made.id, 'certification.registered', by);
}

export interface TrustedKey {
  readonly keyId: string;
  readonly name: string;
  readonly proposedBy: string;
  readonly confirmedBy: string | null;
}

/** One person brings a laboratory's public key, another brings it too: then its reports are believed.
 *  @throws GatewayError `certification.key`, `certification.second` */
export async function trustKey(
  db: PoolClient,
  { pem, name }: { readonly pem: string; readonly name: string },
  by: By,
  now: number,
): Promise<TrustedKey> {
  const id = idOf(pem);
  const { rowCount } = await db.query(
    `insert into certification_keys (key_id, public_key, name, proposed_by, proposed_at) values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [id, pem, name, by.actor.name, new Date(now)],
  );
  if (rowCount === 0) {
    const { rowCount: confirmed } = await db.query(
      `update certification_keys set confirmed_by = $2, confirmed_at = $3
        where key_id = $1 and confirmed_at is null and ended_at is null and proposed_by <> $2`,
      [id, by.actor.name, new Date(now)],
    );
    if (confirmed === 0)
      throw new GatewayError(
        'certification.second',
        `${by.actor.name} brought this key, or it is believed or ended already: another person must bring it too.`,
      );
  }
  const { rows } = await db.query<TrustedKey>(
    'select key_id as "keyId", name, proposed_by as "proposedBy", confirmed_by as "confirmedBy" from certification_keys where key_id = $1',
    [id],
  );
  const [key] = rows;
  await audit(db, by, { act: 'certification-key.trusted', object: `certification-key:${id.slice(0, 16)}`, after: key });
  if (key === undefined) throw new GatewayError('certification.key', 'The key is gone.');
  return key;
}

function idOf(pem: string): string {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return keyId(key);
  } catch (cause) {
    throw new GatewayError('certification.key', `This is no public key in PEM: ${messageOf(cause)}.`, { cause });
  }
  throw new GatewayError('certification.key', 'Reports are signed with Ed25519: this key is of another kind.');
}

async function done(db: PoolClient, id: string, act: string, by: By): Promise<Certification> {
  const after = await certificationOf(db, id);
  await audit(db, by, { act, object: `certification:${id}`, after });
  return after;
}
