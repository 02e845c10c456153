import { readFileSync } from 'node:fs';
import { GatewayError, fileFault } from '../../ops/errors.ts';
import { builtInProfile, parseProfile, payerIn, type BankProfile, type Payer } from './profile.ts';

/** A bank profile as a person names it: a built-in one, or a JSON file; and the payer where the file names one.
 *  @throws GatewayError `profile.invalid`, `profile.unknown` */
export function profileNamed(path: string): { readonly profile: BankProfile; readonly payer: Payer | undefined } {
  if (!path.endsWith('.json')) return { profile: builtInProfile(path), payer: undefined };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new GatewayError('profile.invalid', `The bank profile ${fileFault(path, 'read', cause)}`, {
      cause,
    });
  }
  return { profile: parseProfile(value), payer: payerIn(value) };
}
