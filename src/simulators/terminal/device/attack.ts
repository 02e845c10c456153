import { messageOf } from '../../../ops/errors.ts';
import type { ATTACKS } from '../../../updates/format/index.ts';
import { codeOf } from './source.ts';

export type Attack = (typeof ATTACKS)[number];

const BY_CODE: Readonly<Record<string, Attack>> = {
  'device.endless': 'endless-data',
  'device.slow': 'slow-retrieval',
  'updates.rollback': 'rollback',
  'updates.expired': 'freeze',
  'updates.forged': 'forged',
  'updates.malformed': 'forged',
};

/** In the words of tuf-js and @tufjs/models, which wrap one error into the text of another. The first that fits counts. */
const BY_WORDS: readonly (readonly [RegExp, Attack])[] = [
  [/does not end after/, 'endless-data'],
  [/comes too slowly/, 'slow-retrieval'],
  [/less than current|Missing file/, 'rollback'],
  [/expired/i, 'freeze'],
  [/does not match snapshot version|doesn't match timestamp|Expected length|Expected hash|hash mismatch|length mismatch|Missing .*\.json in snapshot/i, 'mix-and-match'], // prettier-ignore
  [/Expected version/, 'rollback'],
];

/** What somebody tries who makes updates go wrong so.
 *  @returns undefined: nobody attacks, the other side is away */
export function attackOf(error: unknown): Attack | undefined {
  const code = codeOf(error);
  if (code === 'device.unreachable' || code === 'device.missing') return undefined;
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  const text = messageOf(error);
  if (/Updates cannot be reached|There is no /.test(text)) return undefined;
  return BY_WORDS.find(([words]) => words.test(text))?.[1] ?? 'forged';
}
