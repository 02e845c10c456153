import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openPool, transaction } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { listMessages } from '../../src/messages/index.ts';
import {
  confirmCode,
  endSession,
  ownerKeys,
  ownerOf,
  redeemCode,
  requestCode,
  type Purpose,
  type Redeemed,
} from '../../src/owners/index.ts';
import { listAudit } from '../../src/people/index.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** One-time codes of owners, with the rights of the gateway's role: what helps the owner, and what does not help a guesser. */
const MINUTE = 60_000;
const keys = ownerKeys(Buffer.alloc(32, 7));
let now = Date.UTC(2026, 10, 27, 8);
let server: EmbeddedPostgres;
let pool: pg.Pool;
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 8);
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

let count = 0;
let mobile = '';
let address = '';
beforeEach(() => {
  count++;
  mobile = `0912${String(count).padStart(7, '0')}`;
  address = `198.51.100.${count}`;
});

const ask = (to = mobile, from: string | undefined = address, purpose: Purpose = 'apply'): Promise<string> =>
  transaction(
    pool,
    async (db) => (await requestCode(db, { mobile: to, purpose, address: from, keys }, now, systemRandom)).challenge,
  );
const give = (challenge: string, code: string, from: string | undefined = address): Promise<Redeemed | undefined> =>
  transaction(pool, (db) => redeemCode(db, { challenge, code, keys, address: from }, now, systemRandom));
/** The code that was sent last to a mobile. */
async function sent(to = mobile): Promise<string> {
  const [line] = await listMessages(pool, { mobile: to, limit: 1 }, { key: keys.messages, now });
  const code = /\b\d{6}\b/.exec(line?.text ?? '')?.[0];
  if (code === undefined) throw new Error(`no code in ${line?.text ?? 'nothing'}`);
  return code;
}
const other = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

test('a code signs in once, however its digits were typed; the session ends by silence, by age and by its owner', async () => {
  const challenge = await ask(`+98 ${mobile.slice(1)}`);
  const code = await sent();
  const persian = Array.from(code, (digit) => String.fromCharCode(0x6f0 + Number(digit))).join(' ');
  const redeemed = await give(challenge, persian);
  expect(redeemed).toMatchObject({ mobile });
  const token = redeemed?.token ?? '';
  expect(await ownerOf(pool, token, now)).toMatchObject({ mobile });
  expect(await ownerOf(pool, token, now + 29 * MINUTE)).toMatchObject({ mobile });
  expect(await ownerOf(pool, token, now + 58 * MINUTE)).toMatchObject({ mobile }); // used at 29 minutes
  expect(await ownerOf(pool, token, now + 89 * MINUTE)).toBeUndefined();
  for (let at = 0; at < 12 * 60; at += 29) await ownerOf(pool, token, now + at * MINUTE);
  expect(await ownerOf(pool, token, now + 12 * 60 * MINUTE + 1)).toBeUndefined();
  expect(await give(challenge, code)).toBeUndefined(); // used
  const again = await give(await ask(), await sent());
  await endSession(pool, again?.token ?? '', now);
  expect(await ownerOf(pool, again?.token ?? '', now)).toBeUndefined();
  const acts = (await listAudit(pool, { act: 'owner', limit: 5 })).map(({ act, actor, object }) => [
    act,
    actor,
    object,
  ]);
  const who = `${mobile.slice(0, 4)}***${mobile.slice(-4)}`;
  expect(acts.slice(0, 3)).toEqual([
    ['owner.signed-in', `owner ${who}`, `mobile:${who}`],
    ['owner.code-sent', `owner ${who}`, `mobile:${who}`],
    ['owner.refused', `owner ${who}`, `mobile:${who}`],
  ]);
});

describe('a code is refused, and nobody is told why', () => {
  test('wrong', async () => {
    const challenge = await ask();
    expect(await give(challenge, other(await sent()))).toBeUndefined();
  });
  test('lapsed after five minutes', async () => {
    const challenge = await ask();
    const code = await sent();
    now += 5 * MINUTE;
    expect(await give(challenge, code)).toBeUndefined();
  });
  test('right, but for the sixth time', async () => {
    const challenge = await ask();
    const code = await sent();
    for (let i = 0; i < 5; i++) expect(await give(challenge, other(code))).toBeUndefined();
    expect(await give(challenge, code)).toBeUndefined();
  });
  test('right, but of another challenge', async () => {
    const [one, two] = [await ask(), await ask()];
    const code = await sent();
    expect(await give(one, code)).toBeUndefined();
    expect(await give(two, code)).toMatchObject({ mobile });
  });
  test('of another purpose: what is told to a clerk signs nobody in', async () => {
    const about = { caseId: '7', number: '123456789', terms: '1405-1', stand: '1.1.2.1' };
    const { challenge } = await transaction(pool, (db) =>
      requestCode(db, { mobile, purpose: 'confirm', address: undefined, keys, about }, now, systemRandom),
    );
    const code = await sent();
    expect(await give(challenge, code)).toBeUndefined();
    const confirm = (more: object): Promise<boolean> =>
      transaction(pool, (db) => confirmCode(db, { challenge, code, keys }, { ...about, mobile, ...more }, now));
    expect(await confirm({ caseId: '8' })).toBe(false);
    expect(await confirm({ stand: '1.1.3.1' })).toBe(false);
    expect(await confirm({ mobile: '09120000000' })).toBe(false);
    expect(await confirm({})).toBe(true);
    expect(await confirm({})).toBe(false); // used
  });
  test.each(['', 'koc_', 'x'.repeat(100_000), "' or 1=1 --", 'koc_\u0000'])(
    'of a challenge that is none: %#',
    async (challenge) => {
      expect(await give(challenge, '123456')).toBeUndefined();
    },
  );
  test('typed by many at once: one is in', async () => {
    const challenge = await ask();
    const code = await sent();
    const all = await Promise.all([1, 2, 3, 4].map(() => give(challenge, code)));
    expect(all.filter((each) => each !== undefined)).toHaveLength(1);
  });
});

test('nothing in the database gives a code away: hashes differ for one code, and messages hold it sealed', async () => {
  await ask();
  const code = await sent();
  const { rows } = await pool.query<{ all: string }>(
    `select (select string_agg(m::text, '') from messages m) || (select string_agg(c::text, '') from owner_codes c) as all`,
  );
  expect(rows[0]?.all).not.toContain(code);
  const stranger = ownerKeys(Buffer.alloc(32, 8));
  const [line] = await listMessages(pool, { mobile, limit: 1 }, { key: stranger.messages, now });
  expect(line?.text).toContain('••••••');
});

test('a mobile that is bombed gets twenty codes in a day, from however many addresses', async () => {
  let got = 0;
  for (let minute = 0; minute < 24 * 60; minute += 5) {
    now += 5 * MINUTE;
    const from = `2001:db8:${(minute * 7 + 1).toString(16)}::${minute}`;
    got += await ask(mobile, from).then(
      () => 1,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'owners.wait' });
        return 0;
      },
    );
  }
  expect(got).toBeGreaterThan(5);
  expect(got).toBeLessThanOrEqual(22);
});

test('one address asks for many mobiles: it has to wait, others have not', async () => {
  const mobiles = Array.from({ length: 40 }, (_, index) => `0935${String(index).padStart(7, '0')}`);
  const outcomes = [];
  for (const each of mobiles)
    outcomes.push(
      await ask(each).then(
        () => 'sent',
        () => 'wait',
      ),
    );
  expect(outcomes.filter((each) => each === 'sent')).toHaveLength(20);
  await expect(ask('09359999999', '203.0.113.9')).resolves.toMatch(/^koc_/);
});

test('guessing over many challenges runs into the limit of the mobile, not only into that of one code', async () => {
  let tried = 0;
  for (let round = 0; round < 200; round++) {
    now += 10 * MINUTE;
    const from = `2001:db8:${(round + 1).toString(16)}:1::1`;
    const challenge = await ask(mobile, from).catch(() => undefined);
    if (challenge === undefined) continue;
    for (let i = 0; i < 5; i++)
      tried += await give(challenge, '000000', from).then(
        () => 1,
        () => 0,
      );
  }
  expect(tried).toBeLessThan(60); // in 33 hours: one in 17 000
});

test('known and unknown mobiles cost the same statements and are answered the same', async () => {
  const owner = openPool(server.url, 1);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, guild_licence, owner_national_id, tax_code, sheba, mobile, postal_code, status)
     values ('900000000000777', 'x', 'dairy', '0451123456', '0010350829', '1234567890', 'IR710560000000100324200001', $1, '1435768991', 'approved')`,
    [mobile],
  );
  await owner.end();
  const statements = async (work: (db: pg.PoolClient) => Promise<unknown>): Promise<[string[], unknown]> => {
    const texts: string[] = [];
    const result = await transaction(pool, async (db) => {
      const query = db.query.bind(db) as (...args: unknown[]) => unknown;
      const counted = { query: (...args: unknown[]) => (texts.push(String(args[0])), query(...args)) };
      return work(counted as unknown as pg.PoolClient);
    });
    return [texts, result];
  };
  const asking = (to: string) =>
    statements((db) =>
      requestCode(db, { mobile: to, purpose: 'shop', address: '203.0.113.40', keys }, now, systemRandom),
    );
  const [known, answer] = await asking(mobile);
  const [unknown, same] = await asking('09381234567');
  expect(unknown).toEqual(known);
  expect(Object.keys(same as object)).toEqual(Object.keys(answer as object));
  const giving = (challenge: string) =>
    statements((db) => redeemCode(db, { challenge, code: '12', keys, address: '203.0.113.41' }, now, systemRandom));
  const [wrongCode] = await giving((answer as { challenge: string }).challenge);
  const [noChallenge] = await giving('koc_nothing');
  expect(noChallenge).toEqual(wrongCode);
});

test.each(['', '0912', '02188776655', '0912345678901', 'ali', '0912\u202e3456789'])(
  '%j is no mobile',
  async (typed) => {
    await expect(ask(typed)).rejects.toMatchObject({ code: 'owners.mobile' });
  },
);
