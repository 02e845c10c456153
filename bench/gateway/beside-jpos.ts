import type { System } from '../../test/support/system.ts';
import { shown, spread } from '../support/spread.ts';
import { fillJposBooks, JposGateway } from './jpos.ts';
import { metrics } from './metrics.ts';
import { halfOf, p99At, peak, rate, side, takeTurns, type Rounds, type Side } from './sides.ts';
import { Terminals } from './terminals.ts';

const SESSIONS = [8, 16, 32];

/** The same purchases at a gateway of jPOS, with the best of some numbers of sessions, on the same PostgreSQL; the two take turns. */
export async function besideJpos(system: System, terminals: Terminals, settings: Rounds): Promise<void> {
  await system.query('create database jpos');
  const databaseUrl = system.databaseUrl().replace(/\/[^/]*$/, '/jpos');
  await fillJposBooks(databaseUrl);
  const options = { databaseUrl, tlsFolder: `${system.data}/tls` };
  const sessions = await bestSessions(options);
  const jpos = sessions === undefined ? undefined : await JposGateway.start({ ...options, sessions });
  if (jpos === undefined) return;
  const theirTerminals = new Terminals();
  try {
    await theirTerminals.open(jpos.port, options.tlsFolder);
    const ours = side('kalabarg', terminals, {
      processorSeconds: async () => (await metrics(system)).processorSeconds,
      rssMiB: async () => (await metrics(system)).rssMiB,
    });
    const theirs = side(`jPOS, ${sessions} sessions`, theirTerminals, {
      processorSeconds: () => Promise.resolve(jpos.processorSeconds),
      rssMiB: () => Promise.resolve(jpos.rssMiB),
    });
    await compare(ours, theirs, settings);
  } finally {
    theirTerminals.close();
    await jpos.stop();
  }
}

async function bestSessions(options: { databaseUrl: string; tlsFolder: string }): Promise<number | undefined> {
  let best: { readonly sessions: number; readonly perSecond: number } | undefined;
  for (const sessions of SESSIONS) {
    const jpos = await JposGateway.start({ ...options, sessions });
    if (jpos === undefined) return undefined;
    const terminals = new Terminals();
    try {
      await terminals.open(jpos.port, options.tlsFolder);
      await peak(terminals, 1_000, 4); // Java compiles what it runs often
      const perSecond = rate(await peak(terminals, 2_000, 4));
      console.log(`jPOS with ${sessions} sessions: ${perSecond.toFixed(0)} purchases/s`);
      if (best === undefined || perSecond > best.perSecond) best = { sessions, perSecond };
    } finally {
      terminals.close();
      await jpos.stop();
    }
  }
  return best?.sessions;
}

async function compare(ours: Side, theirs: Side, rounds: Rounds): Promise<void> {
  console.log(`ratio (goal 4 or more): ${shown(spread(await takeTurns(ours, theirs, rounds)), 2)}`);
  const same = halfOf(theirs);
  const [our, their] = [await p99At(ours, same, rounds), await p99At(theirs, same, rounds)];
  console.log(`p99 at half of what jPOS can do, ratio (goal 0.5 or less): ${(our.median / their.median).toFixed(2)}`);
  const own = await p99At(ours, halfOf(ours), rounds);
  console.log(`p99 at half of what each can do, ratio: ${(own.median / their.median).toFixed(2)}`);
  const [ourRss, theirRss] = [await ours.rssMiB(), await theirs.rssMiB()];
  console.log(`RSS: ${ours.name} ${ourRss.toFixed(0)} MiB, ${theirs.name} ${theirRss.toFixed(0)} MiB`);
}
