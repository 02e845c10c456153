import type { System } from '../../test/support/system.ts';
import { shown, spread, type Spread } from '../support/spread.ts';
import { fillJposBooks, JposGateway } from './jpos.ts';
import { metrics } from './metrics.ts';
import type { RunResult } from './protocol.ts';
import { CONNECTIONS, purchases, Terminals } from './terminals.ts';

const SESSIONS = [8, 16, 32];

export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
}

/** One of the two, as it is measured. */
interface Side {
  readonly name: string;
  readonly terminals: Terminals;
  readonly processorSeconds: () => Promise<number>;
  readonly rssMiB: () => Promise<number>;
  /** Purchases a second that it may reach: so many frames are built. */
  guess: number;
  readonly perSecond: number[];
  readonly processorUs: number[];
}

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

function side(
  name: string,
  terminals: Terminals,
  of: { readonly processorSeconds: () => Promise<number>; readonly rssMiB: () => Promise<number> },
): Side {
  return { name, terminals, ...of, guess: 2_000, perSecond: [], processorUs: [] };
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

async function compare(ours: Side, theirs: Side, { rounds, seconds }: Rounds): Promise<void> {
  for (const each of [ours, theirs]) each.guess = rate(await peak(each.terminals, each.guess, 3)) * 1.3;
  for (let round = 1; round <= rounds; round++) {
    const order = round % 2 === 0 ? [theirs, ours] : [ours, theirs];
    for (const each of order) await measure(each, seconds);
    const ratio = ours.perSecond.at(-1)! / theirs.perSecond.at(-1)!;
    const said = [ours, theirs].map(
      (each) =>
        `${each.name} ${each.perSecond.at(-1)!.toFixed(0)}/s, ${each.processorUs.at(-1)!.toFixed(0)} µs of its processor`,
    );
    console.log(`round ${round}: ${said.join('; ')}; ${ratio.toFixed(2)} times`);
  }
  const ratios = ours.perSecond.map((value, round) => value / theirs.perSecond[round]!);
  console.log(`\n${CONNECTIONS} connections, purchases/s at the peak: ${ours.name} ${shown(spread(ours.perSecond))}`);
  console.log(`${theirs.name}: ${shown(spread(theirs.perSecond))}`);
  console.log(`ratio (goal 4 or more): ${shown(spread(ratios), 2)}`);
  const [our, their] = [await halfLoad(ours, seconds, rounds), await halfLoad(theirs, seconds, rounds)];
  console.log(`p99 at the own half load, ratio (goal 0.5 or less): ${(our.median / their.median).toFixed(2)}`);
  console.log(
    `RSS: ${ours.name} ${(await ours.rssMiB()).toFixed(0)} MiB, ${theirs.name} ${(await theirs.rssMiB()).toFixed(0)} MiB`,
  );
}

async function measure(each: Side, seconds: number): Promise<void> {
  const before = await each.processorSeconds();
  const result = await peak(each.terminals, each.guess, seconds);
  each.processorUs.push((((await each.processorSeconds()) - before) / result.answers) * 1e6);
  each.perSecond.push(rate(result));
  each.guess = Math.max(each.guess, rate(result));
}

/** p99 in ms of some runs at half of the own peak. */
async function halfLoad(each: Side, seconds: number, rounds: number): Promise<Spread> {
  const perSecond = spread(each.perSecond).median / 2;
  const p99Ms: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const frames = Math.ceil(perSecond * seconds * 1.3) + CONNECTIONS * 10;
    p99Ms.push((await purchases(each.terminals, frames, { kind: 'paced', seconds, perSecond })).p99Ms);
  }
  console.log(`p99 at half load, ${each.name} at ${perSecond.toFixed(0)}/s: ${shown(spread(p99Ms), 1)} ms`);
  return spread(p99Ms);
}

function peak(terminals: Terminals, guess: number, seconds: number): Promise<RunResult> {
  return purchases(terminals, Math.ceil(guess * seconds * 1.5), { kind: 'peak', seconds });
}

const rate = ({ answers, seconds }: RunResult): number => answers / seconds;
