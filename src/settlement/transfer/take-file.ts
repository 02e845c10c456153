import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Pool } from 'pg';
import { Type, type Static } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import { xmlStart } from '../../ops/xml-text.ts';
import { readUnits } from '../../ledger/index.ts';
import { findAcquirerReader, isIpm } from '../acquirer/open.ts';
import type { IpmCodePage } from '../acquirer/ipm/codec.ts';
import type { CsvMap } from '../acquirer/mapped-csv.ts';
import { takeAcquirerFile } from '../acquirer/take.ts';
import { takeAnswers } from '../answers/take.ts';
import { checkCompanion } from './companion.ts';

const Megabytes = (standard: number): ReturnType<typeof Type.Integer> =>
  Type.Integer({ minimum: 1, maximum: 16_384, default: standard });

/** What a file of the inbox may cost. */
export const InboxSchema = Type.Object(
  {
    /** Largest file of a kind, in megabytes (1,000,000 bytes). */
    largestMb: Type.Object(
      { xml: Megabytes(128), ipm: Megabytes(512), kbsf: Megabytes(512), csv: Megabytes(128) },
      { additionalProperties: false, default: {} },
    ),
    /** Heap of the process that reads files, in MiB. */
    memoryMb: Type.Integer({ minimum: 64, maximum: 8_192, default: 512 }),
    /** How long one file may take. */
    minutes: Type.Integer({ minimum: 1, maximum: 1_440, default: 60 }),
  },
  { additionalProperties: false, default: {} },
);
export type InboxLimits = Static<typeof InboxSchema>;

export interface TakeContext {
  readonly pool: Pool;
  readonly acquirerCsv: readonly CsvMap[];
  readonly ipmCodePage?: IpmCodePage;
  readonly largestMb: InboxLimits['largestMb'];
  /** ms since the epoch: when breaks are raised. */
  readonly now: number;
}

/** Takes one file, whoever sent it. @returns what it came to, as a phrase
 *  @throws GatewayError `file.refused`, `file.conflict`, `file.unknown`, `file.changed` */
export async function takeFile(context: TakeContext, path: string, name: string): Promise<string> {
  const { pool, acquirerCsv, now } = context;
  assertSize(path, name, context.largestMb);
  await checkCompanion(path, name);
  const reader = findAcquirerReader(path, name, acquirerCsv, context.ipmCodePage, await readUnits(pool));
  if (reader !== undefined) {
    const taken = await takeAcquirerFile(pool, path, name, reader, now);
    return taken.repeated ? 'taken before' : `${taken.lines} lines, ${taken.matched} matched`;
  }
  const { kind, repeated, orders, leftovers } = await takeAnswers(pool, path, name);
  if (repeated) return 'taken before';
  return `${kind}: ${orders.paid.count} paid, ${orders.returned.count} returned, ${leftovers} left over`;
}

const HEAD_BYTES = 4_096;
const MEGABYTE = 1_000_000;

function assertSize(path: string, name: string, largestMb: InboxLimits['largestMb']): void {
  const { size } = statSync(path);
  const kind = kindOf(path, name);
  if (size <= largestMb[kind] * MEGABYTE) return;
  throw new GatewayError(
    'file.refused',
    `${name} is refused: it has ${Math.ceil(size / MEGABYTE)} MB, and a file of the kind ${kind} may have ${largestMb[kind]}. ` +
      `If it is right, raise inbox.largestMb.${kind} in settlement.json and put it back.`,
  );
}

function kindOf(path: string, name: string): keyof InboxLimits['largestMb'] {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  const bytes = head.subarray(0, readSync(file, head));
  closeSync(file);
  if (isIpm(bytes)) return 'ipm';
  if (bytes.toString('latin1').startsWith('H|') || /^KBSF_.*\.txt$/.test(name)) return 'kbsf';
  return xmlStart(bytes).text.trimStart().startsWith('<') ? 'xml' : 'csv';
}
