import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { GatewayError, fileFault } from './errors.ts';
import { schemaCheck } from './schema.ts';

const ENDINGS = ['yaml', 'yml', 'json'] as const;

/** Settings of one part in a file of their own, `<folder>/<name>.yaml`, `.yml` or `.json`, checked against their schema, with its defaults.
 *  @returns undefined: there is no such file
 *  @throws GatewayError `settings.file`: names every fault */
export function readSettingsFile(
  folder: string,
  name: string,
  schema: object,
): { file: string; value: unknown } | undefined {
  const [file, second] = ENDINGS.map((ending) => join(folder, `${name}.${ending}`)).filter((each) => existsSync(each));
  if (file === undefined) return undefined;
  if (second !== undefined)
    throw new GatewayError('settings.file', `${file} and ${second} say the same twice. Keep one.`);
  const value = parsed(file);
  const faults = schemaCheck(schema, { defaults: true })(value).map(({ path, unknownKey, got, reason }) => {
    const where = path.join('.');
    return unknownKey ? `  ${where}: there is no such setting` : `  ${where}: got ${shown(got)}, ${reason}`;
  });
  if (faults.length > 0)
    throw new GatewayError('settings.file', `${file} is not valid:\n${[...new Set(faults)].join('\n')}`);
  return { file, value };
}

/** JSON is YAML too. */
function parsed(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GatewayError('settings.file', fileFault(file, 'read', cause), { cause });
  }
  const document = parseDocument(text, { uniqueKeys: true });
  const [fault] = document.errors;
  if (fault === undefined) return document.toJS({ maxAliasCount: 50 }) as unknown;
  throw new GatewayError('settings.file', `${file} is not YAML: ${fault.message}`);
}

function shown(got: unknown): string {
  const text = JSON.stringify(got ?? null);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
