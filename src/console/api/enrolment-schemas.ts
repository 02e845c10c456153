import { Type, type Static } from 'typebox';
import { CHECKLIST, DEVICE_FAULTS, DEVICE_STATES } from '../../enrolment/index.ts';
import { PageQuery, pageOf, time } from './schemas.ts';

/** Devices of approved shops, their certificates, and what a shop still has to do (people.md 4). */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

export const Device = Type.Object({
  id: Type.String(),
  case: Type.String(),
  merchant: Type.String(),
  kind: Type.String({ enum: ['own', 'new'], description: 'new: it is asked for' }),
  model: orNull(Type.String()),
  serial: orNull(Type.String({ description: 'Letters and digits' })),
  terminal: orNull(Type.String({ description: 'DE 41, once it is bound' })),
  state: oneOf(DEVICE_STATES),
  fault: orNull(oneOf(DEVICE_FAULTS)),
  endReason: orNull(Type.String()),
  waiting: Type.Optional(
    Type.Object(
      {
        on: oneOf(['engineer', 'shop', 'system', 'reviewer']),
        since: time('Since when'),
        until: time('Until when'),
        can: Type.Array(Type.String({ description: 'What that party can do now' })),
      },
      { description: 'The one party that it waits on' },
    ),
  ),
  version: Type.Integer(),
});
export const DevicePage = pageOf(Device);
export const DeviceQuery = Type.Object(
  {
    ...PageQuery.properties,
    merchant: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z]{15}$' })),
    open: Type.Optional(Type.Boolean({ description: 'Only those that have not ended' })),
  },
  strict,
);
export type DeviceQuery = Static<typeof DeviceQuery>;

export const AssignBody = Type.Object(
  {
    serial: Type.String({ minLength: 1, maxLength: 60, description: 'As it stands on the back of the device' }),
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
  },
  strict,
);
export type AssignBody = Static<typeof AssignBody>;
export const CancelBody = Type.Object({ reason: Type.String({ minLength: 3, maxLength: 300 }) }, strict);
export type CancelBody = Static<typeof CancelBody>;
export const EmptyBody = Type.Object({}, strict);

export const TerminalParams = Type.Object({ terminal: Type.String({ pattern: '^[0-9A-Za-z]{8}$' }) }, strict);
export type TerminalParams = Static<typeof TerminalParams>;
export const CsrBody = Type.Object(
  { csr: Type.String({ minLength: 1, maxLength: 16_384, description: 'PKCS #10, PEM; subject CN = DE 41' }) },
  strict,
);
export type CsrBody = Static<typeof CsrBody>;
export const Certificate = Type.Object({
  terminal: Type.String(),
  serial: Type.String({ description: 'Hexadecimal' }),
  sha256: Type.String({ description: 'Of the certificate, DER' }),
  notAfter: time('Until when'),
  pem: Type.String(),
});

export const Checklist = Type.Object({
  items: Type.Array(
    Type.Object({
      code: oneOf(CHECKLIST),
      state: Type.String({ enum: ['done', 'open', 'unknown'] }),
      at: orNull(time('Since when')),
      detail: orNull(Type.String({ description: 'The terminal, the version, the RRN, the order' })),
    }),
  ),
});
