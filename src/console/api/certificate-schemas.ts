import { Type, type Static } from 'typebox';
import { ENDING_KINDS } from '../../terminals/index.ts';
import { REVOCATION_REASONS } from '../../terminals/certificates/index.ts';
import { Certificate } from './enrolment-schemas.ts';
import { queryOf } from './figures.ts';
import { format, pageOf, PageQuery, time } from './schemas.ts';

/** Certificates of terminals (terminals.md 2). */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the certificate, DER' });
const number = Type.String({ pattern: '^[0-9A-Za-z]{8}$', description: 'DE 41' });

const CertificateBody = Type.Object({
  terminal: number,
  serial: Type.String({ description: 'Hexadecimal' }),
  sha256,
  issuer: Type.String(),
  source: oneOf(['csr', 'pkcs12', 'renewal', 'imported']),
  notBefore: time('From when'),
  notAfter: time('Until when'),
  revokedAt: orNull(time('Since when it is let in no more')),
  reason: orNull(oneOf(REVOCATION_REASONS)),
});
export const CertificatePage = pageOf(CertificateBody);
export const CertificateList = Type.Object({ items: Type.Array(CertificateBody) });
export const CertificateQuery = Type.Object(
  {
    ...PageQuery.properties,
    format,
    terminal: Type.Optional(number),
    endsWithinDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 36_500 })),
    revoked: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type CertificateQuery = Static<typeof CertificateQuery>;
export const FingerprintParams = Type.Object({ sha256 }, strict);
export type FingerprintParams = Static<typeof FingerprintParams>;
export const RevokeBody = Type.Object(
  { why: oneOf(REVOCATION_REASONS), reason: Type.String({ minLength: 3, maxLength: 300 }) },
  strict,
);
export type RevokeBody = Static<typeof RevokeBody>;
export const ImportBody = Type.Object({ pem: Type.String({ minLength: 1, maxLength: 60_000 }) }, strict);
export type ImportBody = Static<typeof ImportBody>;
export const TakenList = Type.Object({ items: Type.Array(Certificate) });
export const Pkcs12Body = Type.Object({
  ...Certificate.properties,
  pkcs12: Type.Optional(Type.String({ description: 'PKCS #12, base64; given once' })),
  passphrase: Type.Optional(Type.String({ description: 'That opens it; given once' })),
});
export const RevocationListBody = Type.Object({
  number: Type.String(),
  pem: Type.String(),
  entries: Type.Integer(),
  thisUpdate: time('When it was made'),
  nextUpdate: time('Until when it holds'),
});

export const EndingQuery = Type.Object(
  {
    withinDays: Type.Integer({ minimum: 0, maximum: 3_650, default: 90 }),
    what: Type.Optional(oneOf(ENDING_KINDS)),
    limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 200 }),
  },
  strict,
);
export type EndingQuery = Static<typeof EndingQuery>;
export const EndingList = Type.Object({
  items: Type.Array(
    Type.Object({
      what: oneOf(ENDING_KINDS),
      name: Type.String({ description: 'A file, DE 41, a key, a shop, a role of updates' }),
      endsAt: time('When it ends'),
      within: Type.Integer({ description: '0: it has ended; else the fewest of 7, 30 and 90 days, or more' }),
    }),
  ),
  query: queryOf('endings'),
  total: Type.Integer({ description: 'How many there are; the list has the soonest' }),
});
