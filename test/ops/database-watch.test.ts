import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { openPool } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';

const PATIENCE = { silentMs: 200, connectMs: 1_000 };

let server: EmbeddedPostgres;
let road: Road;
beforeAll(async () => {
  server = await temporaryPostgres();
  road = await openRoad(server.url);
});
afterEach(() => {
  road.mute(false);
});
afterAll(async () => {
  await road.close();
  await server.stop();
});

describe('a server that falls mute', () => {
  const pool = (max = 2) => {
    const opened = openPool(road.url, max, {}, PATIENCE);
    opened.on('error', () => undefined);
    return opened;
  };

  test('a question that was asked fails, what waits behind it fails too, and the pool serves again when the server does', async () => {
    const ours = pool(1);
    await ours.query('select 1');
    road.mute(true);
    const [asked, waiting] = await Promise.allSettled([ours.query('select 2'), ours.query('select 3')]);
    expect(asked).toMatchObject({ reason: { message: expect.stringContaining('the database server is mute') } });
    expect(waiting.status).toBe('rejected');
    road.mute(false);
    expect((await ours.query('select 4 as four')).rows).toEqual([{ four: 4 }]);
    await ours.end();
  });

  test('in the middle of a transaction: it fails, nothing of it is committed, and its connection is not lent again', async () => {
    const ours = pool(1);
    await ours.query('create table if not exists kept (n int)');
    const tx = await ours.connect();
    await tx.query('begin');
    await tx.query('insert into kept values (1)');
    road.mute(true);
    await expect(tx.query('commit')).rejects.toThrow('the database server is mute');
    tx.release(true);
    road.mute(false);
    expect((await ours.query('select * from kept')).rows).toEqual([]);
    await ours.end();
  });

  test('a server that is busy with a long question is left in peace', async () => {
    const ours = pool();
    const { rows } = await ours.query(`select pg_sleep(${(PATIENCE.silentMs * 6) / 1_000}), 5 as five`);
    expect(rows).toMatchObject([{ five: 5 }]);
    expect(road.opened()).toBeGreaterThan(2); // it was asked meanwhile whether it is there
    await ours.end();
  });

  test('a busy pool is no mute server: whoever waits for its connection waits for as long as that takes', async () => {
    const ours = pool(1);
    const long = ours.query(`select pg_sleep(${(PATIENCE.connectMs * 2) / 1_000})`);
    expect((await ours.query('select 6 as six')).rows).toEqual([{ six: 6 }]);
    await long;
    await ours.end();
  });

  test('nobody is asked anything while no question is out', async () => {
    const ours = pool(1);
    const idle = await ours.connect();
    await idle.query('select 1');
    const before = road.opened();
    await idle.query('select 1');
    road.mute(true);
    await once(idle, 'never', { signal: AbortSignal.timeout(PATIENCE.silentMs * 3) }).catch(() => undefined);
    expect(road.opened()).toBe(before);
    idle.release(true);
    await ours.end();
  });
});

interface Road {
  readonly url: string;
  /** Takes connections, and lets nothing through, either way; what was sent meanwhile is lost with its connection. */
  mute(yes: boolean): void;
  /** Connections so far. */
  opened(): number;
  close(): Promise<void>;
}

/** A road to the server that can be cut without a word to anybody, as a partition is. */
async function openRoad(url: string): Promise<Road> {
  const { hostname, port } = new URL(url);
  let mute = false;
  let opened = 0;
  const pairs = new Set<readonly [Socket, Socket]>();
  const road: Server = createServer((near) => {
    opened++;
    const far = connect(Number(port), hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (bytes) => mute || to.write(bytes));
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  road.listen(0, '127.0.0.1');
  await once(road, 'listening');
  const through = new URL(url);
  through.port = String((road.address() as { port: number }).port);
  return {
    url: through.href,
    mute: (yes) => (mute = yes),
    opened: () => opened,
    close: async () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((done) => road.close(done));
    },
  };
}
