import { closeSync, openSync, readSync } from 'node:fs';
import { GatewayError } from '../../ops/errors.ts';
import { xmlStart } from '../../ops/xml-text.ts';
import { ACQUIRER_STATEMENT, readCardStatement } from './camt053.ts';
import { ipmText, type IpmCodePage } from './ipm/codec.ts';
import { readIpm } from './ipm/read.ts';
import { readKbsf } from './kbsf.ts';
import { readMappedCsv, type CsvMap } from './mapped-csv.ts';
import type { Units } from '../../field/money-unit.ts';
import { RIALS_ALONE, type AcquirerReader } from './model.ts';

const HEAD_BYTES = 4_096;
const LENGTH_BYTES = 4;
const LONGEST_HEADER = 8_192;

/** The reader of an acquirer's file, by what it holds; CSV files, which say nothing of themselves, by their name.
 *  @param maps of the operator's settings
 *  @param units which unit the files of each PSP say amounts in
 *  @returns undefined for what no acquirer sends */
export function findAcquirerReader(
  path: string,
  name: string,
  maps: readonly CsvMap[],
  codePage?: IpmCodePage,
  units: Units = RIALS_ALONE,
): AcquirerReader | undefined {
  const head = readHead(path);
  const text = head.toString('latin1');
  if (text.startsWith('H|KBSF|') || /^KBSF_.*\.txt$/.test(name)) return readKbsf(path, name, units);
  if (isIpm(head)) return readIpm(path, units, codePage);
  const xml = xmlStart(head).text;
  if (ACQUIRER_STATEMENT.test(xml) && xml.includes('BkToCstmrStmt')) return readCardStatement(path, units);
  for (const map of maps) {
    const reader = readMappedCsv(path, name, map, units);
    if (reader !== undefined) return reader;
  }
  return undefined;
}

/** A length that a header can have, and a 1xxx behind it, in ASCII or EBCDIC. */
export function isIpm(head: Buffer): boolean {
  if (head.length < 2 * LENGTH_BYTES || head.readUInt32BE(0) > LONGEST_HEADER) return false;
  return ipmText(head.subarray(LENGTH_BYTES)) !== undefined;
}

function readHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}

/** @throws GatewayError `file.unknown` */
export function openAcquirerFile(
  path: string,
  name: string,
  maps: readonly CsvMap[] = [],
  codePage?: IpmCodePage,
  units: Units = RIALS_ALONE,
): AcquirerReader {
  const reader = findAcquirerReader(path, name, maps, codePage, units);
  if (reader !== undefined) return reader;
  throw new GatewayError(
    'file.unknown',
    `${name} has no known format. Known are KBSF v1, IPM (1644 and 1240), an acquirer's camt.053, or a CSV of settlement.json's acquirerCsv.`,
  );
}
