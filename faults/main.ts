import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mkdirSync } from 'node:fs';
import { keepLogs, startCluster, type Cluster } from './cluster.ts';
import { creditOf, judge, type Verdict } from './judge.ts';
import { openShop, type Heard, type Shop } from './shop.ts';
import { FAULTS, type Fault } from './table.ts';

const CALM_MS = 3_000;

interface Result extends Heard, Verdict {
  readonly name: string;
}

/** Inflicts the faults, one after the other, on one cluster under load. @param folder an empty one, of this run @returns the exit code: 1 where money was lost or doubled, or anything disagrees */
export async function run(args: string[], folder: string): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: '' },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '30' },
      list: { type: 'boolean', default: false },
      asynchronous: { type: 'boolean', default: false },
      logs: { type: 'string', default: '' },
    },
  });
  if (values.list) {
    for (const { name, what } of FAULTS) console.log(`${name.padEnd(26)}${what}`);
    return 0;
  }
  const names = values.only === '' ? FAULTS.map(({ name }) => name) : values.only.split(',');
  const faults = names.map((name) => {
    const found = FAULTS.find((fault) => fault.name === name);
    if (found === undefined)
      throw new Error(`--only ${name}: there is ${FAULTS.map((fault) => fault.name).join(', ')}`);
    return found;
  });
  const seed = Number(values.seed);
  const rate = Number(values.rate);
  const from = Date.now();
  const cluster = await startCluster(folder, seed, { asynchronous: values.asynchronous });
  console.log(
    `cluster ready after ${seconds(Date.now() - from)} s: ${JSON.stringify(await cluster.roles())}; ${rate} purchases/s, seed ${seed}`,
  );
  const shop = openShop(
    cluster.data,
    [
      { host: 'front-1', port: 8583 },
      { host: 'front-2', port: 8583 },
    ],
    rate,
    seed,
  );
  const results: Result[] = [];
  try {
    for (const fault of faults) {
      const result = await inflict(fault, cluster, shop);
      results.push(result);
      console.log(lineOf(result));
      for (const each of result.faults.slice(0, 10)) console.log(`    ${each}`);
    }
  } catch (error) {
    console.log(cluster.lastWords());
    throw error;
  } finally {
    if (values.logs !== '') {
      mkdirSync(values.logs, { recursive: true });
      keepLogs(cluster, values.logs);
    }
  }
  await shop.close();
  console.log(`\n${HEADER}`);
  for (const result of results) console.log(lineOf(result));
  return results.every(({ lost, doubled, faults: found }) => lost + doubled + found.length === 0) ? 0 : 1;
}

async function inflict(fault: Fault, cluster: Cluster, shop: Shop): Promise<Result> {
  const before = await creditOf(cluster);
  shop.open();
  await sleep(CALM_MS);
  shop.mark();
  await fault.inflict(cluster);
  await cluster.whole();
  await sleep(CALM_MS);
  const heard = shop.heard();
  await shop.rest();
  return { name: fault.name, ...heard, ...(await judge(cluster, shop, before)) };
}

const HEADER = [
  'fault'.padEnd(26),
  'no service, s',
  'one terminal, s',
  'asked',
  'acknowledged',
  'lost',
  'doubled',
  'histories',
  'disagree',
].join(' | ');

function lineOf({
  name,
  silentMs,
  worstTerminalMs,
  asked,
  approved,
  lost,
  doubled,
  histories,
  faults,
}: Result): string {
  const cells = [seconds(silentMs), seconds(worstTerminalMs), asked, approved, lost, doubled, histories, faults.length];
  const widths = HEADER.split(' | ').slice(1);
  return [name.padEnd(26), ...cells.map((cell, i) => String(cell).padStart(widths[i]?.length ?? 0))].join(' | ');
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
