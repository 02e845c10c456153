import { GatewayError } from '../../ops/errors.ts';
import { readKbsf } from './kbsf.ts';
import { readMappedCsv, type CsvMap } from './mapped-csv.ts';
import type { AcquirerReader } from './model.ts';

/** The reader of an acquirer's file, by its name.
 *  @param maps of the operator's settings
 *  @returns undefined for a name that no acquirer gives */
export function findAcquirerReader(path: string, name: string, maps: readonly CsvMap[]): AcquirerReader | undefined {
  if (/^KBSF_.*\.txt$/.test(name)) return readKbsf(path, name);
  for (const map of maps) {
    const reader = readMappedCsv(path, name, map);
    if (reader !== undefined) return reader;
  }
  return undefined;
}

/** @throws GatewayError `file.unknown` */
export function openAcquirerFile(path: string, name: string, maps: readonly CsvMap[] = []): AcquirerReader {
  const reader = findAcquirerReader(path, name, maps);
  if (reader !== undefined) return reader;
  throw new GatewayError(
    'file.unknown',
    `${name} is of no format that is known: KBSF_<psp>_<date>_<cycle>_<seq>.txt, or a CSV of settlement.json's acquirerCsv.`,
  );
}
