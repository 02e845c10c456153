import type { Clock } from '../ops/clock.ts';
import type { Config } from '../ops/config.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Parts } from '../ops/parts.ts';
import type { Random } from '../ops/random.ts';
import { makePracticeDatabase, openPractice, practiceKeys, type Practice } from '../practice/index.ts';

export interface PracticeSide {
  readonly config: Config;
  /** The demo's own database, beside which one to practise on is made; undefined: production, where a setting names one. */
  readonly demoDatabaseUrl: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly parts: Parts;
}

/** What /learn practises on. In production its setting decides, and what is wrong with it is said at the start; the demo has it by
 *  itself, and does not wait for it.
 *  @returns gives it as soon as it is there
 *  @throws GatewayError `practice.*`, `database.*` */
export async function practiceSide(side: PracticeSide): Promise<() => Practice | undefined> {
  const { config, demoDatabaseUrl, clock, random, log, parts } = side;
  const open = (databaseUrl: string): Promise<Practice> => {
    const keys = practiceKeys(config.data, demoDatabaseUrl !== undefined);
    return openPractice({ databaseUrl, keys, clock, random, log });
  };
  if (config.practiceDatabaseUrl !== '') {
    const practice = await parts.up(
      'practice',
      () => open(config.practiceDatabaseUrl),
      (opened) => opened.close(),
    );
    return () => practice;
  }
  if (demoDatabaseUrl === undefined) return () => undefined;
  let practice: Practice | undefined;
  const opening = makePracticeDatabase(demoDatabaseUrl)
    .then(open)
    .then(
      (opened) => {
        practice = opened;
      },
      (error: unknown) => {
        log.error({ error: messageOf(error) }, 'the demo has nothing to practise on');
      },
    );
  parts.add('practice', async () => {
    await opening;
    await practice?.close();
  });
  return () => practice;
}
