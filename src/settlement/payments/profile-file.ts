import { readFileSync } from 'node:fs';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { builtInProfile, parseProfile, type BankProfile } from './profile.ts';

/** A bank profile as a person names it: a built-in one, or a JSON file.
 *  @throws GatewayError `profile.invalid`, `profile.unknown` */
export function profileNamed(path: string): BankProfile {
  if (!path.endsWith('.json')) return builtInProfile(path);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new GatewayError('profile.invalid', `The bank profile ${path} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
  return parseProfile(value);
}
