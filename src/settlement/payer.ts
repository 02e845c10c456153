import type { Pool } from 'pg';
import { join } from 'node:path';
import { isDemo } from '../ledger/index.ts';
import { GatewayError } from '../ops/errors.ts';
import { profileNamed } from './payments/profile-file.ts';
import type { BankProfile } from './payments/profile.ts';
import { loadSettings } from './settings.ts';

/** The bank profile that a day is paid with. From whose account is this operator's to say: the built-in profiles know only the
 *  payer of the demo, which pays for the demo programme alone.
 *  @param named as a person names another profile than that of settlement.json
 *  @throws GatewayError `settlement.payer` where nobody is named, `settlement.settings`, `profile.invalid`, `profile.unknown` */
export async function payingProfile(pool: Pool, dataDir: string, named?: string): Promise<BankProfile> {
  const { bank, payer } = loadSettings(dataDir);
  const other = named === undefined ? undefined : profileNamed(named);
  const profile = other === undefined ? bank : { ...other.profile, ...(other.payer ?? payer) };
  if ((other?.payer ?? payer) !== undefined || (await isDemo(pool))) return profile;
  throw new GatewayError(
    'settlement.payer',
    `No payer is named: ${join(dataDir, 'settlement.json')} must have debtorName, debtorSheba and debtorBic under "bank". ` +
      'Until then nothing is closed by the clock, and nothing is paid.',
  );
}
