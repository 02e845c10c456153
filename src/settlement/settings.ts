import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { GatewayError, fileFault } from '../ops/errors.ts';
import { IPM_CODE_PAGES } from './acquirer/ipm/codec.ts';
import { CsvMapSchema } from './acquirer/mapped-csv.ts';
import { SftpSchema } from './transfer/sftp.ts';
import { parseProfile, payerIn, type BankProfile, type Payer } from './payments/profile.ts';
import { InboxSchema } from './transfer/take-file.ts';
import { schemaCheck } from '../ops/schema.ts';

/** `<data>/settlement.json`: how this operator settles. Every part has a default; without the file all of them hold. */
const Schema = Type.Object(
  {
    /** When a business day ends by itself, Tehran time; `off`: only by command. */
    cutOver: Type.String({ pattern: '^(off|([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d)?)$', default: '00:00' }),
    /** The bank profile: a built-in one as `base`, and what differs (payments/profile.ts). */
    bank: Type.Record(Type.String(), Type.Unknown(), { default: {} }),
    /** The bank's server: a payment file counts as delivered once it lies there. */
    deliverTo: Type.Optional(SftpSchema),
    /** Servers whose files are fetched into `<data>/inbox`: acquirers' and banks'. */
    fetchFrom: Type.Array(SftpSchema, { default: [] }),
    /** CSV files of acquirers that have their own columns. */
    acquirerCsv: Type.Array(CsvMapSchema, { default: [] }),
    /** EBCDIC code page of acquirers' IPM files. */
    ipmCodePage: Type.Union(
      IPM_CODE_PAGES.map((page) => Type.Literal(page)),
      { default: '1047' },
    ),
    /** What a file of the inbox may cost. */
    inbox: InboxSchema,
    /** `heads`: a folder, on a medium that is written once or on another machine, for the heads of the days' journals. */
    journal: Type.Object({ heads: Type.String({ default: '' }) }, { additionalProperties: false, default: {} }),
  },
  { additionalProperties: false },
);

export type SettlementSettings = Omit<Static<typeof Schema>, 'bank'> & {
  readonly bank: BankProfile;
  /** Who pays, where the file names it. */
  readonly payer: Payer | undefined;
};

/** @throws GatewayError `settlement.settings`: names every wrong key, `profile.invalid` */
export function loadSettings(dataDir: string): SettlementSettings {
  const path = join(dataDir, 'settlement.json');
  const values: unknown = existsSync(path) ? readJson(path) : {};
  const faults = schemaCheck(Schema, { defaults: true })(values).map(({ path: at, unknownKey, got, reason }) =>
    unknownKey
      ? `  ${at.join('.')}: there is no such setting`
      : `  ${at.join('.')}: got ${JSON.stringify(got)}, ${reason}`,
  );
  if (faults.length > 0) throw new GatewayError('settlement.settings', `${path} is not valid:\n${faults.join('\n')}`);
  const { bank, ...rest } = values as Static<typeof Schema>;
  return { ...rest, bank: parseProfile(bank), payer: payerIn(bank) };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new GatewayError('settlement.settings', fileFault(path, 'read', cause), { cause });
  }
}
