import { parse } from 'yaml';
import { placeText } from '../../field/place.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { readText } from '../files.ts';

/** What simulators that run as processes of their own have in common. */

/** Says where it listens, and serves until somebody stops it. */
export async function serveUntilStopped(
  name: string,
  host: string,
  simulator: { readonly port: number; close(): Promise<void> },
): Promise<void> {
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  console.log(`${name} simulator listens on ${placeText({ host, port: simulator.port })}; Ctrl-C stops it`);
  await stopped;
  await simulator.close();
}

/** Rules of a file in YAML or JSON; without one, none.
 *  @param code of the error where it is not YAML
 *  @throws GatewayError `code`, those of `checked`, and those of a file that cannot be read */
export function rulesOf<Rule>(file: string | undefined, code: string, checked: (value: unknown) => Rule[]): Rule[] {
  if (file === undefined) return [];
  const text = readText(file);
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new GatewayError(code, `${file} is not YAML: ${messageOf(cause)}`, { cause });
  }
  return checked(value);
}
