import * as x509 from '@peculiar/x509';
import type { Pool, PoolClient } from 'pg';
import { DAY_MS } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { openAuthority, type Authority, type AuthoritySource } from './authority.ts';
import { bits, explicit, integer, NULL, octets, oid, sequence, tlv } from './der.ts';
import type { RevocationReason } from './revoke.ts';

/** The list of what we revoked (RFC 5280 5), for whoever checks our terminals' certificates elsewhere: made anew with every revocation, and
 *  every day. */
export interface WrittenList {
  readonly number: string;
  readonly pem: string;
  readonly entries: number;
  readonly thisUpdate: string;
  readonly nextUpdate: string;
}

const VALID_MS = 7 * DAY_MS;
/** Expired ones stay on the list for so long. */
const KEPT_MS = 30 * DAY_MS;

/** @returns undefined: none was written yet */
export async function writtenList(db: Pool | PoolClient): Promise<WrittenList | undefined> {
  const iso = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  const { rows } = await db.query<WrittenList>(
    `select number::text, pem, entries, ${iso('this_update')} as "thisUpdate", ${iso('next_update')} as "nextUpdate"
       from terminal_crls order by terminal_crls.number desc limit 1`,
  );
  return rows[0];
}

/** Whether something was revoked since the last list, or the last list is of yesterday. */
export async function wantsList(pool: Pool, now: number): Promise<boolean> {
  const { rows } = await pool.query<{ wants: boolean }>(
    `select coalesce((select upto < coalesce((select max(seq) from terminal_revocations), 0) or this_update < $1
                        from terminal_crls order by number desc limit 1), true) as wants`,
    [new Date(now - DAY_MS)],
  );
  return rows[0]?.wants === true;
}

/** @throws GatewayError `certificates.authority` */
export async function writeList(pool: Pool, source: AuthoritySource, now: number): Promise<WrittenList> {
  return transaction(pool, async (db) => {
    await db.query('select pg_advisory_xact_lock(8583, 732)');
    const authority = await openAuthority(db, source, now);
    const { rows } = await db.query<{ serial: string; at: Date; reason: RevocationReason }>(
      `select c.serial, r.at, r.reason from terminal_revocations r join terminal_certificates c using (sha256)
        where c.issuer in ($1, '') and c.not_after > $2 order by r.seq`,
      [authority.name, new Date(now - KEPT_MS)],
    );
    const last = await db.query<{ number: string; upto: string }>(
      `select (coalesce((select max(number) from terminal_crls), 0) + 1)::text as number,
              coalesce((select max(seq) from terminal_revocations), 0)::text as upto`,
    );
    const { number = '1', upto = '0' } = last.rows[0] ?? {};
    const next = Math.min(now + VALID_MS, authority.notAfter);
    const der = await signed(authority, { number: Number(number), entries: rows, now, next });
    const pem = `-----BEGIN X509 CRL-----\n${
      der
        .toString('base64')
        .match(/.{1,64}/g)
        ?.join('\n') ?? ''
    }\n-----END X509 CRL-----\n`;
    await db.query(
      `insert into terminal_crls (number, issuer, pem, upto, entries, this_update, next_update) values ($1, $2, $3, $4, $5, $6, $7)`,
      [number, authority.name, pem, upto, rows.length, new Date(now), new Date(next)],
    );
    const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
    return { number, pem, entries: rows.length, thisUpdate: iso(now), nextUpdate: iso(next) };
  });
}

interface Content {
  readonly number: number;
  readonly entries: readonly { readonly serial: string; readonly at: Date; readonly reason: RevocationReason }[];
  readonly now: number;
  readonly next: number;
}

const REASONS: Readonly<Record<RevocationReason, number | undefined>> = {
  unspecified: undefined,
  keyCompromise: 1,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
};

async function signed(authority: Authority, { number, entries, now, next }: Content): Promise<Buffer> {
  const { signatureOid } = authority;
  const how = sequence(oid(signatureOid), ...(signatureOid.startsWith('1.2.840.113549') ? [NULL] : []));
  const authorityKey = await x509.AuthorityKeyIdentifierExtension.create(authority.certificate);
  const revoked = entries.map(({ serial, at, reason }) => {
    const code = REASONS[reason];
    const why =
      code === undefined ? [] : [sequence(sequence(oid('2.5.29.21'), octets(tlv(0x0a, Buffer.from([code])))))];
    return sequence(serialNumber(serial), time(at.getTime()), ...why);
  });
  const tbs = sequence(
    integer(1),
    how,
    Buffer.from(authority.certificate.subjectName.toArrayBuffer()),
    time(now),
    time(next),
    ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
    explicit(0, sequence(Buffer.from(authorityKey.rawData), sequence(oid('2.5.29.20'), octets(integer(number))))),
  );
  return sequence(tbs, how, bits(await authority.sign(tbs)));
}

function serialNumber(hex: string): Buffer {
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return tlv(0x02, ...((bytes[0] ?? 0) > 0x7f ? [Buffer.from([0]), bytes] : [bytes]));
}

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280 5.1.2.4). */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return Number(text.slice(0, 4)) < 2050 ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text));
}
