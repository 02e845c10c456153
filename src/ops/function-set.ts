import { createHash } from 'node:crypto';
import { everySqlIn } from './sql.ts';

/** The functions that decide, and the views of the public door, as this version has them. Each version's stand in schemas of their own, named by the
 *  digest of their text: copies of two versions work side by side on one database, each by its own (docs/decisions/0117). */
const files = everySqlIn(new URL('../ledger/functions/', import.meta.url));

// The types first, since the functions are declared with them; then each file, in any order.
const text = files
  .toSorted((a, b) => Number(b.name === 'types.sql') - Number(a.name === 'types.sql'))
  .map((file) => file.text)
  .join('\n');

const digest = createHash('sha256').update(text).digest('hex');
const short = digest.slice(0, 12);

/** The schema of the functions that decide: in a statement, `${DECISIONS}.decide_batch(…)`. */
export const DECISIONS = `decisions_${short}`;
/** The schema of what the public door may see. */
export const DOOR = `door_${short}`;

/** As they are written down in `migrations`. */
export const FUNCTIONS = `functions ${digest}`;

/** All of functions/ as one text. */
export const functionsText = (): string => inThisSet(text);

/** SQL says `decisions.` and `door.`; that is the set of the version that it belongs to. */
export function inThisSet(sql: string): string {
  return sql.replaceAll(/(?<=\bschema )(decisions|door)\b|\b(decisions|door)(?=[.,])/g, (name) =>
    name === 'door' ? DOOR : DECISIONS,
  );
}
