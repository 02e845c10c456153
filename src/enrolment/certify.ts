import type { PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { audit, type By } from '../people/index.ts';
import { issueCertificate, openAuthority, type AuthorityFiles } from './authority.ts';
import { checkCsr } from './csr.ts';

export interface TerminalCertificate {
  readonly terminal: string;
  readonly serial: string;
  readonly sha256: string;
  readonly notAfter: string;
  readonly pem: string;
}

export interface Certifying {
  /** Undefined: none is configured. */
  readonly authority: AuthorityFiles | undefined;
  readonly random: (count: number) => Buffer;
}

/** Gives a terminal a certificate for the key of its request. The same key again gets the same certificate, as long as most of it is
 *  ahead.
 *  @throws GatewayError `certificates.request`, `certificates.authority`, `certificates.terminal`, `certificates.key` */
export async function certify(
  db: PoolClient,
  { authority: files, random }: Certifying,
  { terminal, csr: pem }: { terminal: string; csr: string },
  by: By,
  now: number,
): Promise<TerminalCertificate> {
  const csr = await checkCsr(pem, terminal);
  if (files === undefined)
    throw new GatewayError(
      'certificates.authority',
      'No authority for terminals is configured: set KALABARG_TERMINAL_CA_CERT and KALABARG_TERMINAL_CA_KEY.',
    );
  await demandLive(db, terminal);
  const known = await sameKey(db, terminal, csr.spkiSha256, now);
  if (known !== undefined) return known;
  const authority = await openAuthority(files, now);
  const issued = await issueCertificate(authority, { csr, terminal }, now, random(16));
  try {
    await db.query(
      `insert into terminal_certificates (serial, terminal_id, spki_sha256, sha256, pem, not_before, not_after, issued_at, issued_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        issued.serial,
        terminal,
        csr.spkiSha256,
        issued.sha256,
        issued.pem,
        new Date(issued.notBefore),
        new Date(issued.notAfter),
        new Date(now),
        by.actor.id,
      ],
    );
  } catch (error) {
    if (!(error instanceof Error && 'constraint' in error && error.constraint === 'certificate_key_is_of_one'))
      throw error;
    throw new GatewayError('certificates.key', "That key is another terminal's: each device makes a key of its own.", {
      cause: error,
    });
  }
  const notAfter = new Date(issued.notAfter).toISOString();
  const { serial, sha256 } = issued;
  await audit(db, by, {
    act: 'terminal.certified',
    object: `terminal:${terminal}`,
    after: { serial, sha256, notAfter },
  });
  return { terminal, serial, sha256, notAfter, pem: issued.pem };
}

/** Two requests at once for one terminal wait for each other here.
 *  @throws GatewayError `certificates.terminal` */
async function demandLive(db: PoolClient, terminal: string): Promise<void> {
  await db.query(`select pg_advisory_xact_lock(8583, hashtext('certificate ' || $1))`, [terminal]);
  const { rows } = await db.query<{ live: boolean; ended: boolean }>(
    `select t.status = 'active' and m.status = 'approved' as live,
            exists (select 1 from devices d where d.terminal_id = t.terminal_id and d.ended_at is not null) as ended
       from terminals t join merchants m using (merchant_id) where t.terminal_id = $1`,
    [terminal],
  );
  const [found] = rows;
  if (found === undefined) throw new GatewayError('certificates.terminal', `There is no terminal ${terminal}.`);
  if (!found.live || found.ended)
    throw new GatewayError(
      'certificates.terminal',
      `Terminal ${terminal} or its shop is not in service: it gets no certificate now.`,
    );
}

/** Until half of its life is over: whoever asks later gets a new one. */
async function sameKey(
  db: PoolClient,
  terminal: string,
  key: string,
  now: number,
): Promise<TerminalCertificate | undefined> {
  const { rows } = await db.query<TerminalCertificate>(
    `select terminal_id as terminal, serial, sha256, pem, to_char(not_after at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "notAfter"
       from terminal_certificates where terminal_id = $1 and spki_sha256 = $2 and $3 < not_before + (not_after - not_before) / 2 order by issued_at desc limit 1`,
    [terminal, key, new Date(now)],
  );
  return rows[0];
}
