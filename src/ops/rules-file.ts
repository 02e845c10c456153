import type { Static, TSchema } from 'typebox';
import { parseDocument } from 'yaml';
import { schemaCheck, type SchemaFault } from './schema.ts';

/** Files of rules that people write: YAML or JSON, whole or not at all. */

const MAX_BYTES = 1_000_000;

/** Reads a file by its schema, with what it leaves out.
 *  @param refused makes the error that names every fault by its path, such as `terms[1].from`
 *  @throws what `refused` makes */
export function parseRules<Schema extends TSchema>(
  schema: Schema,
  text: string,
  refused: (faults: readonly string[]) => Error,
): Static<Schema> {
  if (Buffer.byteLength(text) > MAX_BYTES) throw refused([`the file is larger than ${MAX_BYTES} bytes`]);
  const document = parseDocument(text, { schema: 'core', uniqueKeys: true });
  if (document.errors.length > 0) throw refused(document.errors.map(({ message }) => message.split('\n')[0] ?? ''));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw refused([error instanceof Error ? error.message : 'cannot be read']);
  }
  const misfits = schemaCheck(schema, { defaults: true })(value).map(faultText);
  if (misfits.length > 0) throw refused(misfits);
  return value as Static<Schema>;
}

/** What is said of faults: each once, a hundred at most. */
export function refusal(faults: readonly string[]): string {
  const lines = [...new Set(faults)].slice(0, 100).map((fault) => `  ${fault}`);
  return `refused, nothing was changed:\n${lines.join('\n')}`;
}

function faultText({ path, unknownKey, reason }: SchemaFault): string {
  const place = (unknownKey ? path.slice(0, -1) : path).join('.').replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]');
  return `${place === '' ? 'the file' : place}: ${unknownKey ? `there is no setting ${path.at(-1) ?? ''}` : reason}`;
}
