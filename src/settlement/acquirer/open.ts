import { GatewayError } from '../../ops/errors.ts';
import { readKbsf } from './kbsf.ts';
import type { AcquirerReader } from './model.ts';

const KBSF_NAME = /^KBSF_.*\.txt$/;

/** Whether a file's name says that an acquirer sent it. */
export function isAcquirerFile(name: string): boolean {
  return KBSF_NAME.test(name);
}

/** The reader of an acquirer's file, by its name.
 *  @throws GatewayError `file.unknown` */
export function openAcquirerFile(path: string, name: string): AcquirerReader {
  if (KBSF_NAME.test(name)) return readKbsf(path, name);
  throw new GatewayError('file.unknown', `${name} is of no format that is known: KBSF_<psp>_<date>_<cycle>_<seq>.txt.`);
}
