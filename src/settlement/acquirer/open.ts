import { GatewayError } from '../../ops/errors.ts';
import { readKbsf } from './kbsf.ts';
import type { AcquirerReader } from './model.ts';

/** The reader of an acquirer's file, by its name.
 *  @throws GatewayError `file.unknown` */
export function openAcquirerFile(path: string, name: string): AcquirerReader {
  if (/^KBSF_.*\.txt$/.test(name)) return readKbsf(path, name);
  throw new GatewayError('file.unknown', `${name} is of no format that is known: KBSF_<psp>_<date>_<cycle>_<seq>.txt.`);
}
