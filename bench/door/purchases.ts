import type { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { honestPurchase } from '../../test/support/attacker.ts';

/** An honest shop buys this often. */
const EVERY_MS = 20;

/** One every `EVERY_MS`, by the clock, for so many seconds; ms each. */
export async function purchases(honest: SimulatedTerminal, seconds: number): Promise<number[]> {
  const latencies: number[] = [];
  const start = performance.now();
  for (let due = start; due < start + seconds * 1_000; due += EVERY_MS) {
    const wait = due - performance.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    const { rc } = await honestPurchase(honest);
    if (rc !== '00') throw new Error(`the honest purchase got ${rc}`);
    latencies.push(performance.now() - due);
  }
  return latencies;
}
