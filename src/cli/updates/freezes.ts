import { systemClock } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { endFreeze, listFreezes, makeFreeze, type MadeFreeze } from '../../updates/rollouts/index.ts';
import { withBooks } from '../books.ts';
import { signedInFor } from '../people/signed-in.ts';
import { print, printEach, type JsonOption } from '../print.ts';
import { instantOf, numberOf } from './releases.ts';

interface FreezeOptions extends JsonOption {
  readonly from?: string;
  readonly until: string;
  readonly reason: string;
}

export async function freeze(options: FreezeOptions): Promise<void> {
  const [from, until] = [instantOf('--from', options.from), instantOf('--until', options.until)];
  await withBooks(async (pool, config) => {
    const { actor } = await signedInFor(pool, config, 'updates:stop');
    const now = systemClock.now();
    const wanted = { from: from ?? now, until: until ?? now, reason: options.reason };
    const made = await transaction(pool, (db) => makeFreeze(db, wanted, { actor }, now));
    print(options, made, () => lineOfFreeze(made));
  });
}

export async function unfreeze(id: string, options: JsonOption): Promise<void> {
  const number = numberOf(id, 'kalabarg updates freezes shows it');
  await withBooks(async (pool, config) => {
    const { actor } = await signedInFor(pool, config, 'updates:approve');
    const ended = await transaction(pool, (db) => endFreeze(db, number, { actor }, systemClock.now()));
    print(options, ended, () => lineOfFreeze(ended));
  });
}

export async function freezes(options: JsonOption): Promise<void> {
  await withBooks(async (pool) => {
    const found = await listFreezes(pool, { limit: 1_000, now: systemClock.now() });
    printEach(options, found, () =>
      found.length === 0 ? 'nobody has made a freeze' : found.map(lineOfFreeze).join('\n'),
    );
  });
}

const STATES = { coming: 'is to come', now: 'holds now', over: 'is over', ended: 'was ended' } as const;

/** `freeze 3 holds now: 2026-12-01T00:00:00Z to 2026-12-03T00:00:00Z, sara: a new bank` */
function lineOfFreeze({ id, from, until, reason, madeBy, endedAt, state }: MadeFreeze): string {
  const when = endedAt === null ? '' : ` at ${endedAt}`;
  return `freeze ${id} ${STATES[state]}${when}: ${from} to ${until}, ${madeBy}: ${reason}`;
}
