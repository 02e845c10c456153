import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { builtInProfile, parseProfile, type BankProfile } from './profile.ts';

/** The bank profile to pay with: a JSON file where `wanted` names one, a built-in one by its name, else the data
 *  folder's `bank-profile.json`, else the classic dialect.
 *  @throws GatewayError `profile.invalid`, `profile.unknown` */
export function loadProfile(dataDir: string, wanted?: string): BankProfile {
  if (wanted !== undefined && !wanted.endsWith('.json')) return builtInProfile(wanted);
  const path = wanted ?? join(dataDir, 'bank-profile.json');
  if (wanted === undefined && !existsSync(path)) return builtInProfile('ccti-1');
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
