import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { payshieldHsm, softwareHsm } from '../../src/hsm/index.ts';
import { bankZmk, findKey, injectDemoKeys, listKeys, storeKey } from '../../src/merchants/hsm-keys.ts';
import { DEMO_TERMINALS, DEMO_TRANSPORT, DEMO_TRANSPORT_KEY, DEMO_ZMK } from '../../src/demo/programme.ts';
import { temporaryPostgres } from '../support/postgres.ts';

const hsm = softwareHsm({ lmk: Buffer.alloc(32, 9) });
let postgres: Awaited<ReturnType<typeof temporaryPostgres>>;
let pool: pg.Pool;

beforeAll(async () => {
  postgres = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

test.each(['', '127.0.0.1', 'localhost:8600', 'listen://127.0.0.1:9,tls://[::1]:8'])(
  'a bank switch at %j is the simulator, whose ZMK everybody knows',
  async (bankHost) => {
    const zmk = await bankZmk(pool, hsm, { bankHost }, DEMO_ZMK);
    expect(zmk).toMatchObject({ usage: 'K1', algorithm: 'TDES', bits: 128 });
  },
);

test.each(['switch.bank.example', '127.0.0.1,10.0.0.7', 'tls://10.0.0.7:8600'])(
  'a bank switch at %j is real: without a ZMK of its own nothing starts',
  async (bankHost) => {
    await expect(bankZmk(pool, hsm, { bankHost }, DEMO_ZMK)).rejects.toMatchObject({ code: 'keys.zmk' });
  },
);

test('a ZMK that was stored is taken, wherever the bank is, and the one before is told', async () => {
  const [first, second] = [await hsm.generateKey(K1), await hsm.generateKey(K1)];
  expect(await storeKey(pool, 'zmk:bank', first)).toBeUndefined();
  expect(await storeKey(pool, 'zmk:bank', second)).toEqual(first);
  expect(await bankZmk(pool, hsm, { bankHost: 'switch.bank.example' }, DEMO_ZMK)).toEqual(second);
  expect(await findKey(pool, 'zmk:other')).toBeUndefined();
  expect(await listKeys(pool)).toEqual([{ name: 'zmk:bank', key: second, createdAt: expect.any(Date) }]);
});

test('an HSM that takes no clear keys is left without the demo keys', async () => {
  const strict = payshieldHsm({ endpoints: [{ host: '127.0.0.1', port: 1 }] });
  await injectDemoKeys(pool, strict, DEMO_TERMINALS, { name: DEMO_TRANSPORT, key: DEMO_TRANSPORT_KEY });
  await pool.query('delete from hsm_keys');
  await expect(bankZmk(pool, strict, { bankHost: '' }, DEMO_ZMK)).rejects.toThrow('kalabarg keys adopt zmk:bank');
  await strict.close();
  expect((await pool.query('select from terminal_keys')).rowCount).toBe(0);
});

const K1 = { usage: 'K1', algorithm: 'AES', bits: 256 } as const;
