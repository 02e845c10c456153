import { Type, type Static } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import { checkSheba } from '../../field/sheba.ts';
import { schemaCheck } from '../../ops/schema.ts';

/** How one bank wants its payment files. Source: files.md "payments to Shebas", domain/03. */
const Schema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
    /** `ccti-1`: classic · `ccti-2`: newer salary files · `iso`: strict pain.001.001.03, valid by its XSD. */
    dialect: Type.Union([Type.Literal('ccti-1'), Type.Literal('ccti-2'), Type.Literal('iso')]),
    /** The document's xmlns; empty: none (some `ccti-2` banks). */
    namespace: Type.String({ maxLength: 100 }),
    dateCalendar: Type.Union([Type.Literal('jalali'), Type.Literal('gregorian')]),
    /** CreDtTm's time: a fixed one, since the same business day always gives the same bytes. */
    createdTime: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d$' }),
    debtorName: Type.String({ minLength: 1, maxLength: 140 }),
    debtorSheba: Type.String(),
    debtorBic: Type.String({ pattern: '^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$' }),
    endToEndId: Type.Union([Type.Literal('EMPTY'), Type.Literal('instruction')]),
    /** RmtInf/Ustrd; `{merchant}` is filled in. Empty: no remittance text. */
    remittance: Type.String({ maxLength: 140 }),
    letters: Type.Union([Type.Literal('persian'), Type.Literal('arabic')]),
    maxNameLength: Type.Integer({ minimum: 10, maximum: 140 }),
    maxOrdersPerFile: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    /** What becomes of an amount over the PAYA cap: several PAYA orders, or one SATNA order. */
    aboveCap: Type.Union([Type.Literal('split'), Type.Literal('satna')]),
  },
  { additionalProperties: false },
);

export type BankProfile = Static<typeof Schema>;

/** Whose account the shops are paid from. */
export type Payer = Pick<BankProfile, 'debtorName' | 'debtorSheba' | 'debtorBic'>;

const CLASSIC: BankProfile = {
  name: 'ccti-1',
  dialect: 'ccti-1',
  namespace: 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.03',
  dateCalendar: 'jalali',
  createdTime: '01:30:00',
  debtorName: 'صندوق تسویه کالابرگ',
  debtorSheba: 'IR380170000000100000000001',
  debtorBic: 'BMJIIRTHXXX',
  endToEndId: 'EMPTY',
  remittance: 'تسویه کالابرگ پذیرنده {merchant}',
  letters: 'persian',
  maxNameLength: 70,
  maxOrdersPerFile: 20_000,
  aboveCap: 'split',
};

const BUILT_IN: readonly BankProfile[] = [
  CLASSIC,
  {
    ...CLASSIC,
    name: 'ccti-2',
    dialect: 'ccti-2',
    namespace: 'urn:iso:std:iso:20022:tech:xsd:pain.002.001.03', // sic: domain/03
    endToEndId: 'instruction',
    remittance: '',
  },
  { ...CLASSIC, name: 'iso', dialect: 'iso', dateCalendar: 'gregorian', endToEndId: 'instruction' },
];

/** @returns a built-in profile: `ccti-1` (the default), `ccti-2`, `iso`
 *  @throws GatewayError `profile.unknown` */
export function builtInProfile(name: string): BankProfile {
  const found = BUILT_IN.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const names = BUILT_IN.map((profile) => profile.name).join(', ');
  throw new GatewayError(
    'profile.unknown',
    `There is no bank profile "${name}": give one of ${names}, or a JSON file of your own.`,
  );
}

/** The payer that a person's profile names in full; undefined where the built-in one would fill in. */
export function payerIn(value: unknown): Payer | undefined {
  const named = ['debtorName', 'debtorSheba', 'debtorBic'].every((key) => Object.hasOwn(Object(value) as object, key));
  if (!named) return undefined;
  const { debtorName, debtorSheba, debtorBic } = parseProfile(value);
  return { debtorName, debtorSheba, debtorBic };
}

/** Reads a profile of one's own: any part of it over a built-in `base`.
 *  @param value `{ "base": "ccti-1", "debtorSheba": "IR…", … }`
 *  @throws GatewayError `profile.invalid`: names every wrong key, what it got and what it wants */
export function parseProfile(value: unknown): BankProfile {
  const given = typeof value === 'object' && value !== null ? value : {};
  const { base = 'ccti-1', ...rest } = given as { base?: unknown };
  const merged: unknown = { ...builtInProfile(String(base)), ...rest };
  const faults = schemaCheck(Schema)(merged).map(({ path, unknownKey, got, reason }) =>
    unknownKey
      ? `  ${path.join('.')}: there is no such setting`
      : `  ${path.join('.')}: got ${JSON.stringify(got)}, ${reason}`,
  );
  if (faults.length > 0)
    throw new GatewayError('profile.invalid', `The bank profile is not valid:\n${faults.join('\n')}`);
  const profile = merged as BankProfile;
  const debtor = checkSheba(profile.debtorSheba);
  if (!debtor.ok) {
    throw new GatewayError('profile.invalid', `The bank profile's debtorSheba ${debtor.reason}.`);
  }
  return { ...profile, debtorSheba: debtor.sheba };
}
