import { openHsm } from '../../hsm/index.ts';
import { panKeyFault } from '../../ledger/index.ts';
import { lmkFault } from '../../merchants/index.ts';
import { critical, ok, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Whether the keys here are those of this database. */
export async function keys({ books, config, hsm: own }: Patient): Promise<Said[]> {
  const said: Said[] = [];
  const pan = await panKeyFault(books, config.data);
  if (pan !== undefined)
    said.push(critical(pan, 'restore secrets/pan.key from its backup; never let another one be made'));
  const hsm = own ?? (await openHsm(config));
  try {
    const { backend, ready, detail } = await hsm.status();
    if (!ready)
      said.push(critical(`the HSM (${backend}) is not ready: ${detail}`, 'see docs/keys.md for what it says; no PIN and no MAC works without it')); // prettier-ignore
    else if (await lmkFault(books, hsm))
      said.push(critical(`the HSM (${backend}) has another master key than this database`, 'put the right master key back (docs/keys.md)')); // prettier-ignore
    else if (said.length === 0) said.push(ok(`the HSM (${backend}) is ready, and the keys are those of this database`));
  } finally {
    if (own === undefined) await hsm.close();
  }
  return said;
}
