import { shown, spread, type Spread } from '../support/spread.ts';
import type { RunResult } from './protocol.ts';
import { CONNECTIONS, purchases, type Terminals } from './terminals.ts';

export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
}

/** What a gateway says of its processes. */
export interface Watched {
  readonly processorSeconds: () => Promise<number>;
  readonly rssMiB: () => Promise<number>;
}

/** One of two gateways that take turns. */
export interface Side extends Watched {
  readonly name: string;
  readonly terminals: Terminals;
  /** Purchases a second that it may reach: so many frames are built. */
  guess: number;
  readonly perSecond: number[];
  readonly processorUs: number[];
}

export function side(name: string, terminals: Terminals, watched: Watched): Side {
  return { name, terminals, ...watched, guess: 2_000, perSecond: [], processorUs: [] };
}

/** Purchases a second at the peak, in turns. @returns the ratio of each round */
export async function takeTurns(ours: Side, theirs: Side, { rounds, seconds }: Rounds): Promise<number[]> {
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
  console.log(`\n${CONNECTIONS} connections, purchases/s at the peak, and µs of the gateway's processor a purchase:`);
  for (const each of [ours, theirs])
    console.log(`${each.name}: ${shown(spread(each.perSecond))}; ${shown(spread(each.processorUs))}`);
  return ours.perSecond.map((value, round) => value / theirs.perSecond[round]!);
}

async function measure(each: Side, seconds: number): Promise<void> {
  const before = await each.processorSeconds();
  const result = await peak(each.terminals, each.guess, seconds);
  each.processorUs.push((((await each.processorSeconds()) - before) / result.answers) * 1e6);
  each.perSecond.push(rate(result));
  each.guess = Math.max(each.guess, rate(result));
}

/** Half of what it reached at the peak. */
export const halfOf = (each: Side): number => spread(each.perSecond).median / 2;

/** p99 in ms of some runs at so many purchases a second. */
export async function p99At(each: Side, perSecond: number, { rounds, seconds }: Rounds): Promise<Spread> {
  const p99Ms: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const frames = Math.ceil(perSecond * seconds * 1.3) + CONNECTIONS * 10;
    p99Ms.push((await purchases(each.terminals, frames, { kind: 'paced', seconds, perSecond })).p99Ms);
  }
  console.log(`p99, ${each.name} at ${perSecond.toFixed(0)}/s: ${shown(spread(p99Ms), 1)} ms`);
  return spread(p99Ms);
}

export function peak(terminals: Terminals, guess: number, seconds: number): Promise<RunResult> {
  return purchases(terminals, Math.ceil(guess * seconds * 1.5), { kind: 'peak', seconds });
}

export const rate = ({ answers, seconds }: RunResult): number => answers / seconds;
