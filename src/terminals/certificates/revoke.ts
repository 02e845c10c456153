import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { isoInstant } from '../../ops/sql.ts';
import type { By } from '../../people/index.ts';

/** Why a certificate is revoked (RFC 5280 5.3.1). */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

export interface KnownCertificate {
  readonly terminal: string;
  readonly serial: string;
  readonly sha256: string;
  readonly issuer: string;
  readonly source: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly revokedAt: string | null;
  readonly reason: RevocationReason | null;
}

export interface CertificateFilter {
  readonly terminal?: string | undefined;
  /** Only those that end before (ms). */
  readonly endsBefore?: number | undefined;
  /** Only those that are revoked, or that are not. */
  readonly revoked?: boolean | undefined;
  /** SHA-256 of the last one of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

const SELECT = `
  select c.terminal_id as terminal, c.serial, c.sha256, c.issuer, c.source, ${isoInstant('c.not_before')} as "notBefore",
         ${isoInstant('c.not_after')} as "notAfter", ${isoInstant('r.at')} as "revokedAt", r.reason
    from terminal_certificates c left join terminal_revocations r using (sha256)`;

/** @returns of a terminal the newest first, else by fingerprint */
export async function listCertificates(db: Pool | PoolClient, filter: CertificateFilter): Promise<KnownCertificate[]> {
  const { rows } = await db.query<KnownCertificate>(
    `${SELECT} where ($1::text is null or c.terminal_id = $1) and ($2::timestamptz is null or c.not_after < $2)
        and ($3::boolean is null or (r.sha256 is not null) = $3)
        and case when $1::text is null or $4::text = '' then c.sha256 > $4 else exists (
              select from terminal_certificates l where l.sha256 = $4 and (c.issued_at < l.issued_at or c.issued_at = l.issued_at and c.sha256 > l.sha256)) end
      order by case when $1::text is null then null else c.issued_at end desc, c.sha256 limit $5`,
    [
      filter.terminal ?? null,
      filter.endsBefore === undefined ? null : new Date(filter.endsBefore),
      filter.revoked ?? null,
      filter.after ?? '',
      filter.limit,
    ],
  );
  return rows;
}

export interface Revoking {
  /** One certificate by its SHA-256 or serial, or every one of a terminal. */
  readonly which:
    { readonly terminal: string; readonly except?: string } | { readonly sha256: string } | { readonly serial: string };
  readonly reason: RevocationReason;
}

/** Revokes certificates for good: within a second no copy of the gateway lets them in, and their open connections are closed. One that is
 *  revoked already stays as it is.
 *  @returns what was revoked now
 *  @throws GatewayError `certificates.unknown`: there is no such certificate */
export async function revoke(
  db: PoolClient,
  { which, reason }: Revoking,
  { actor, reason: why, requestId }: By & { readonly reason: string },
): Promise<KnownCertificate[]> {
  await db.query(`select set_config('kalabarg.by', $1, true)`, [
    JSON.stringify({ id: actor.id, name: actor.name, reason: why, requestId }),
  ]);
  const { condition, values } = conditionOf(which);
  const found = await db.query<KnownCertificate>(`${SELECT} where ${condition} order by c.sha256`, values);
  if (found.rows.length === 0 && !('except' in which))
    throw new GatewayError('certificates.unknown', 'There is no such certificate here: kalabarg terminals certificates lists them.'); // prettier-ignore
  const standing = found.rows.filter(({ revokedAt }) => revokedAt === null);
  for (const { terminal, sha256 } of standing)
    await db.query(
      'insert into terminal_revocations (terminal_id, sha256, reason) values ($1, $2, $3) on conflict (sha256) do nothing',
      [terminal, sha256, reason],
    );
  return standing.map((each) => ({ ...each, reason }));
}

function conditionOf(which: Revoking['which']): { condition: string; values: unknown[] } {
  if ('sha256' in which) return { condition: 'c.sha256 = $1', values: [which.sha256] };
  if ('serial' in which) return { condition: 'c.serial = $1', values: [which.serial] };
  return { condition: 'c.terminal_id = $1 and c.sha256 <> $2', values: [which.terminal, which.except ?? ''] };
}
