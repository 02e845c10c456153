import { Type, type Static } from 'typebox';
import { PERMISSIONS, ROLES } from '../../people/index.ts';

/** What the API of people takes and gives: the same schemas refuse a request, write an answer, and are the OpenAPI document. */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const id = (description: string) => Type.String({ pattern: '^[1-9]\\d{0,17}$', description });
export const time = (description: string) =>
  Type.String({ description: `${description}, ISO 8601 UTC`, examples: ['2026-11-27T08:30:00.000Z'] });

/** What is taken, where `time` is what is given. */
export const instant = (description: string) => Type.String({ format: 'date-time', description });
export const day = (description: string) => Type.String({ format: 'date', description });

export const Problem = Type.Object({
  type: Type.String(),
  code: Type.String({ description: 'Stable, for programs (docs/api.md)' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'What to do, in the language of Accept-Language: fa or en' }),
  instance: Type.String({ description: 'Names the request: also X-Request-Id' }),
  errors: Type.Optional(
    Type.Array(Type.Object({ pointer: Type.String({ description: 'JSON pointer, or ?name' }), detail: Type.String() })),
  ),
  current: Type.Optional(
    Type.Unknown({ description: 'Of 412: what it is by now, as its own route gives it; its ETag stands beside' }),
  ),
});

const login = Type.String({ minLength: 1, maxLength: 64 });
const password = Type.String({ minLength: 1, maxLength: 512 });
const code = Type.String({ minLength: 6, maxLength: 40, description: 'Six digits of the app, or a recovery code' });
const setupCode = Type.String({ minLength: 20, maxLength: 40 });

export const PasswordBody = Type.Object({ login, password }, strict);
export type PasswordBody = Static<typeof PasswordBody>;
export const Challenge = Type.Object({ next: Type.Literal('second-factor'), challenge: Type.String() });
export const CodeBody = Type.Object({ challenge: Type.String({ maxLength: 128 }), code }, strict);
export type CodeBody = Static<typeof CodeBody>;
export const ProofBody = Type.Object({ password, code }, strict);
export type ProofBody = Static<typeof ProofBody>;
export const SetupBody = Type.Object({ login, setupCode }, strict);
export type SetupBody = Static<typeof SetupBody>;
export const SetupBegun = Type.Object({
  otpauth: Type.String({ description: 'For an authenticator app, as a QR code' }),
});
export const ConfirmBody = Type.Object({ login, setupCode, password, code }, strict);
export type ConfirmBody = Static<typeof ConfirmBody>;
export const RecoveryCodes = Type.Object({ recoveryCodes: Type.Array(Type.String()) });

export const DemoBody = Type.Object(
  { code: Type.String({ minLength: 1, maxLength: 100, description: 'Of the link that `npm start` prints' }), login },
  strict,
);
export type DemoBody = Static<typeof DemoBody>;
export const NoBody = Type.Object({}, strict);

const roles = Type.Array(oneOf(ROLES), { uniqueItems: true, maxItems: ROLES.length });
const name = Type.String({ minLength: 1, maxLength: 100 });

export const Person = Type.Object({
  id: id('Of the person'),
  login: Type.String(),
  nameFa: Type.String(),
  nameEn: Type.String(),
  roles,
  state: oneOf(['invited', 'active', 'disabled']),
  version: Type.Integer(),
  madeAt: time('Since when'),
});
export const InvitedPerson = Type.Object({
  ...Person.properties,
  setupCode: Type.Optional(
    Type.String({
      description: 'Shown once: with it the person chooses a password and a second factor, within 72 hours',
    }),
  ),
});
export const Me = Type.Object({
  person: Person,
  permissions: Type.Array(oneOf(PERMISSIONS)),
  signedInBy: oneOf(['session', 'login', 'token', 'demo']),
  provedAt: Type.Optional(time('When both factors were proved last')),
  expiresAt: time('When the session or token ends at the latest'),
  csrfToken: Type.Optional(Type.String({ description: 'Of a browser: X-CSRF-Token of every change' })),
});

export const IdParams = Type.Object({ id: id('Of the object') }, strict);
export type IdParams = Static<typeof IdParams>;
const cursor = Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' }));
const limit = Type.Integer({ minimum: 1, maximum: 200, default: 50 });
/** Of a list: JSON page by page, or the whole of it as a file. */
export const format = Type.Optional(
  Type.String({
    enum: ['json', 'csv', 'xlsx'],
    description: 'csv, xlsx: the whole list, streamed; no cursor, no limit',
  }),
);
export type Format = 'json' | 'csv' | 'xlsx';

export const PageQuery = Type.Object({ cursor, limit }, strict);
export type PageQuery = Static<typeof PageQuery>;

export const NewPersonBody = Type.Object(
  { login, nameFa: name, nameEn: name, roles, reason: Type.Optional(Type.String({ maxLength: 1_000 })) },
  strict,
);
export type NewPersonBody = Static<typeof NewPersonBody>;
export const PersonPatch = Type.Object(
  {
    nameFa: Type.Optional(name),
    nameEn: Type.Optional(name),
    roles: Type.Optional(roles),
    state: Type.Optional(oneOf(['active', 'disabled'])),
    reason: Type.Optional(Type.String({ maxLength: 1_000 })),
  },
  { ...strict, minProperties: 1 },
);
export type PersonPatch = Static<typeof PersonPatch>;
export const ReasonBody = Type.Object({ reason: Type.Optional(Type.String({ maxLength: 1_000 })) }, strict);
export type ReasonBody = Static<typeof ReasonBody>;

const Token = Type.Object({
  id: id('Of the token'),
  kind: oneOf(['session', 'login', 'token', 'demo']),
  name: Type.String(),
  scopes: Type.Array(oneOf(PERMISSIONS)),
  madeAt: time('Since when'),
  usedAt: time('When it was used last, to a minute'),
  expiresAt: time('When it ends'),
});
export const NewTokenBody = Type.Object(
  {
    name,
    scopes: Type.Array(oneOf(PERMISSIONS), { uniqueItems: true, minItems: 1, maxItems: PERMISSIONS.length }),
    expiresAt: instant('When it ends'),
  },
  strict,
);
export type NewTokenBody = Static<typeof NewTokenBody>;
export const MadeToken = Type.Object({
  id: id('Of the token'),
  token: Type.Optional(Type.String({ description: 'Shown once' })),
});

export const AuditQuery = Type.Object(
  {
    actor: Type.Optional(id('Of a person')),
    act: Type.Optional(
      Type.String({ pattern: '^[a-z-]+(\\.[a-z-]+)?$', maxLength: 60, description: '`sign-in` finds all of it' }),
    ),
    object: Type.Optional(Type.String({ maxLength: 200, description: 'Such as person:7' })),
    format,
    cursor,
    limit,
  },
  strict,
);
export type AuditQuery = Static<typeof AuditQuery>;
const AuditRow = Type.Object({
  seq: Type.String(),
  at: time('When'),
  actorId: Type.Union([Type.String(), Type.Null()]),
  actor: Type.String(),
  act: Type.String(),
  object: Type.String(),
  before: Type.Unknown(),
  after: Type.Unknown(),
  reason: Type.Union([Type.String(), Type.Null()]),
  requestId: Type.Union([Type.String(), Type.Null()]),
  hash: Type.String(),
});

/** @returns a page of a list, and how to ask for the next */
export const pageOf = <Item extends Parameters<typeof Type.Array>[0]>(item: Item) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()], { description: '`cursor` of the next page; null: there is none' }),
  });
export const PersonPage = pageOf(Person);
/** Of a colleague, for whoever reads their number beside what they did. */
export const PersonName = Type.Object({
  id: Type.String(),
  login: Type.String(),
  nameFa: Type.String(),
  nameEn: Type.String(),
  active: Type.Boolean({ description: 'False: removed; what they did stands under their name' }),
});
export const TokenPage = pageOf(Token);
export const AuditPage = pageOf(AuditRow);
