import { Type, type Static } from 'typebox';
import { HEALTH_RULE_NAMES } from '../../terminals/health/index.ts';
import { pageOf, PageQuery, time } from './schemas.ts';

/** Verdicts of devices and the health of terminals (terminals.md 1, 5). */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const verdict = oneOf(['passed', 'failed']);
const reason = Type.String({ minLength: 3, maxLength: 300 });
const subject = { vendor: text(100), model: text(60), software: text(40), profile: text(40) };

export const CertificationBody = Type.Object({
  id: Type.String(),
  ...subject,
  verdict,
  reason: Type.String(),
  reportSha256: orNull(Type.String({ description: 'Of the signed report; null: two persons said it' })),
  keyId: orNull(Type.String({ description: 'SHA-256 of the key that signed the report' })),
  proposedBy: Type.String(),
  proposedAt: time('Said or registered'),
  confirmedBy: orNull(Type.String()),
  revokedAt: orNull(time('Taken back')),
  inForce: Type.Boolean({ description: 'Whether it holds now' }),
});
export const CertificationPage = pageOf(CertificationBody);
export const CertificationQuery = Type.Object(
  {
    ...PageQuery.properties,
    model: Type.Optional(text(60)),
    software: Type.Optional(text(40)),
    profile: Type.Optional(text(40)),
  },
  strict,
);
export type CertificationQuery = Static<typeof CertificationQuery>;
export const VerdictBody = Type.Object(
  { ...subject, verdict: Type.Unsafe<'passed' | 'failed'>(verdict), reason },
  strict,
);
export type VerdictBody = Static<typeof VerdictBody>;
export const ReportBody = Type.Object({ report: Type.Unknown(), signature: Type.Unknown() }, strict);
export type ReportBody = Static<typeof ReportBody>;
export const RevokeBody = Type.Object({ reason }, strict);
export type RevokeBody = Static<typeof RevokeBody>;

export const SickQuery = Type.Object(
  {
    day: Type.Optional(Type.String({ format: 'date', description: 'In Tehran; default: today so far' })),
    rule: Type.Optional(oneOf(HEALTH_RULE_NAMES)),
  },
  strict,
);
export type SickQuery = Static<typeof SickQuery>;
export const SickList = Type.Object({
  items: Type.Array(
    Type.Object({
      terminal: Type.String(),
      merchant: Type.String(),
      model: orNull(Type.String()),
      psp: orNull(Type.String()),
      rule: oneOf(HEALTH_RULE_NAMES),
      value: Type.Number({ description: 'Beyond `threshold`, in the unit of the rule (docs/operations.md)' }),
      threshold: Type.Number(),
      todo: Type.Object({ fa: Type.String(), en: Type.String() }),
    }),
  ),
});
