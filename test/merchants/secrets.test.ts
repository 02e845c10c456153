import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { lmkPlace, openHsm, replaceLmkFile, type PaymentHsm } from '../../src/hsm/index.ts';
import { openPanKey } from '../../src/ledger/index.ts';
import { assertLmk, checkedLmk, hasTokens } from '../../src/merchants/lmk.ts';
import { rewrapKeys } from '../../src/merchants/rewrap.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { loadConfig, type Config } from '../../src/ops/config.ts';
import { openPool } from '../../src/ops/database.ts';
import { pino } from 'pino';
import { simulatePayshield } from '../../src/simulators/payshield/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';

const log = pino({ level: 'silent' });
let server: EmbeddedPostgres;
let pool: pg.Pool;
let config: Config;
const opened: PaymentHsm[] = [];
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(server.url, 2);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});
beforeEach(async () => {
  await pool.query('truncate installation, cards, households, hsm_keys, terminal_keys cascade');
  config = folder();
});
afterEach(async () => {
  for (const hsm of opened.splice(0)) await hsm.close();
});

function folder(environment: Record<string, string> = {}): Config {
  return loadConfig({ KALABARG_DATA: mkdtempSync(join(tmpdir(), 'kalabarg-secrets-')), ...environment });
}
const file = (name: string): string => join(config.data, 'secrets', name);
const other = (name: string): void => {
  writeFileSync(file(name), `${'5a'.repeat(32)}\n`);
};
const fill = () =>
  pool.query(`insert into households values ('A', 1); insert into cards values (sha256('a'), 'x', 'A')`);

describe('pan.key', () => {
  test('is made on an empty database, which says so, and is the same ever after', async () => {
    const made: string[] = [];
    const first = await openPanKey(pool, config.data, (path) => made.push(path));
    await fill();
    expect(await openPanKey(pool, config.data, (path) => made.push(path))).toEqual(first);
    expect(made).toEqual([file('pan.key')]);
  });

  test('missing on a filled database: refused by name, and none is made', async () => {
    await openPanKey(pool, config.data);
    rmSync(file('pan.key'));
    await expect(openPanKey(pool, config.data)).rejects.toThrow(`${file('pan.key')} is missing`);
    expect(existsSync(file('pan.key'))).toBe(false);
  });

  test('missing on a database that was filled before it knew a check value: refused too', async () => {
    await fill();
    await expect(openPanKey(pool, config.data)).rejects.toThrow(`${file('pan.key')} is missing`);
  });

  test('another one is refused by name', async () => {
    await openPanKey(pool, config.data);
    other('pan.key');
    await expect(openPanKey(pool, config.data)).rejects.toThrow(`${file('pan.key')} is not the key`);
  });

  test('a copy with a folder of its own does not get one of its own', async () => {
    await openPanKey(pool, config.data);
    await expect(openPanKey(pool, folder().data)).rejects.toThrow('pan.key is missing');
  });

  test.each([
    ['', 'an empty file'],
    ['zz'.repeat(32), 'no hexadecimal digits'],
    ['00', 'too short'],
  ])('%p is refused by name: %s', async (text) => {
    await openPanKey(pool, config.data);
    writeFileSync(file('pan.key'), text);
    await expect(openPanKey(pool, config.data)).rejects.toThrow(`${file('pan.key')} must hold 32 bytes`);
  });

  test('what the database keeps of it is not the key', async () => {
    const key = await openPanKey(pool, config.data);
    const { rows } = await pool.query<{ value: string }>('select value from installation');
    expect(rows[0]!.value).toMatch(/^[0-9a-f]{32}$/);
    expect(key.toString('hex')).not.toContain(rows[0]!.value);
  });
});

describe('the LMK', () => {
  const start = async (own = config): Promise<PaymentHsm> => {
    const hsm = await openHsm(own, !(await hasTokens(pool)));
    opened.push(hsm);
    await assertLmk(pool, hsm, lmkPlace(own));
    return hsm;
  };

  test('is made on an empty database, and found right at each start after', async () => {
    await start();
    await start();
    expect((await pool.query(`select 1 from installation where name = 'lmk'`)).rowCount).toBe(1);
  });

  test('missing: refused by name, and none is made', async () => {
    await start();
    rmSync(file('lmk.key'));
    await expect(start()).rejects.toThrow(`${file('lmk.key')} is missing`);
    expect(existsSync(file('lmk.key'))).toBe(false);
  });

  test('another one: refused by name, also where the database has a terminal key only', async () => {
    const hsm = await start();
    const key = await hsm.generateKey({ usage: 'K1', algorithm: 'TDES', bits: 128 });
    await pool.query(`insert into merchants values ('000000000000001', 'x', 'grocery', 'x', 'approved') on conflict do nothing;
      insert into terminals (terminal_id, merchant_id) values ('10000001', '000000000000001') on conflict do nothing`);
    await pool.query(`insert into terminal_keys (terminal_id, tmk) values ('10000001', $1)`, [key]);
    other('lmk.key');
    await expect(start()).rejects.toThrow(`${file('lmk.key')} is not the master key`);
    await pool.query('delete from installation');
    await expect(start()).rejects.toThrow(`${file('lmk.key')} is not the master key`);
  });

  test('from the environment or a passphrase: what differs is named', async () => {
    const data = config.data;
    const passphrase = folder({ KALABARG_DATA: data, KALABARG_LMK_PASSPHRASE: 'nine sparrows in the almond tree' });
    await start(passphrase);
    const wrong = folder({ KALABARG_DATA: data, KALABARG_LMK_PASSPHRASE: 'ten sparrows in the almond tree' });
    await expect(start(wrong)).rejects.toThrow(/hsm\.lmkPassphrase and .*lmk\.salt make is not the master key/);
    const given = folder({ KALABARG_DATA: data, KALABARG_LMK: 'a5'.repeat(32) });
    await expect(start(given)).rejects.toThrow('hsm.lmk (KALABARG_LMK) is not the master key');
    rmSync(file('lmk.salt'));
    await expect(start(passphrase)).rejects.toThrow(`${file('lmk.salt')} is missing`);
  });

  test('an HSM that is down at the start: nothing goes on until it can be asked, and another master key is refused then', async () => {
    const [ours, theirs] = [0x11, 0x22].map((byte) => Buffer.alloc(32, byte));
    const first = await simulatePayshield({ port: 0, lmk: ours! });
    const down = folder({ KALABARG_HSM: 'payshield', KALABARG_PAYSHIELD_HOSTS: `127.0.0.1:${first.port}` });
    const hsm = await openHsm(down, false);
    opened.push(hsm);
    const asked: string[] = [];
    const stop = new AbortController();
    const wait = (): Promise<void> =>
      checkedLmk({
        pool,
        hsm,
        place: lmkPlace(down),
        clock: systemClock,
        log,
        stopping: stop.signal,
        onWait: (why) => asked.push(why),
        everyMs: 20,
      });
    await wait();
    expect(asked).toEqual([]);
    await first.close();
    const untilAsked = async (times: number): Promise<void> => {
      while (asked.length < times) await new Promise((done) => setTimeout(done, 5));
    };
    const back = wait();
    await untilAsked(2);
    expect(asked[0]).toMatch(/^HSM: its master key is not checked yet: /);
    const second = await simulatePayshield({ port: first.port, lmk: ours! });
    await back;
    await second.close();
    const other = wait();
    await untilAsked(asked.length + 1);
    const third = await simulatePayshield({ port: first.port, lmk: theirs! });
    await expect(other).rejects.toThrow('is not the master key');
    await third.close();
    const stopped = wait();
    await untilAsked(asked.length + 1);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'stopped' });
  });

  test('lost for good: what docs/keys.md says lets another one be made, and leaves a record', async () => {
    await start();
    rmSync(file('lmk.key'));
    const page = readFileSync(new URL('../../docs/keys.md', import.meta.url), 'utf8');
    await pool.query(/```sql\n([^`]*)```/.exec(page)?.[1] ?? '');
    await start();
    expect(existsSync(file('lmk.key'))).toBe(true);
    const { rows } = await pool.query('select what, name from key_log');
    expect(rows).toEqual([{ what: 'lost', name: 'lmk' }]);
  });

  test('stays right while it is changed, and after', async () => {
    const hsm = await start();
    replaceLmkFile(config);
    await start();
    await rewrapKeys(pool, await start());
    rmSync(`${file('lmk.key')}.previous`);
    await start();
    await hsm.close();
  });
});
