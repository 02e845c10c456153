import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import { REASON_CODES, reasonTemplates, reasonWords, type KeptItem } from '../../src/shops/index.ts';
import { doorLogin, temporaryPostgres } from '../support/postgres.ts';

/** The words of reasons, read with the rights of the public door. */
const FIRST_DAY = '2026-03-21';
let server: EmbeddedPostgres;
let owner: pg.Pool;
let door: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 1);
  door = openPool(await doorLogin(server.url), 1);
  for (const each of [owner, door]) each.on('error', () => undefined);
});
afterAll(async () => {
  await door.end();
  await owner.end();
  await server.stop();
});

const item = (reason: KeptItem['reason'], day: string): KeptItem => ({
  code: 'sheba',
  state: 'failed',
  version: 1,
  since: Date.parse(`${day}T12:00:00Z`),
  ...(reason === undefined ? {} : { reason }),
});

test.each([FIRST_DAY, '2026-11-27', '2030-01-01'])('on %s every reason has its words, fa and en', async (day) => {
  const templates = await reasonTemplates(door, day);
  expect(templates.map(({ code }) => code).sort()).toEqual([...REASON_CODES].sort());
  for (const reason of REASON_CODES) {
    const words = (await reasonWords(door, [item(reason, day)])).get('sheba');
    for (const text of [words?.why, words?.remedy]) {
      expect(text?.fa).toMatch(/^[^a-zA-Zيك]*[آ-ی][^a-zA-Zيك]*$/);
      expect(text?.en).toMatch(/^[^آ-ی]+$/);
    }
  }
});

test('an item keeps the words of the day on which it came back, whatever is said from later days on', async () => {
  await owner.query(
    `insert into reason_templates values ('ended', '2027-01-01', 'متن تازهٔ فارسی', 'new words', 'راه تازه', 'new remedy')`,
  );
  const why = async (day: string): Promise<string | undefined> =>
    (await reasonWords(door, [item('ended', day)])).get('sheba')?.why.en;
  expect([await why('2026-11-26'), await why('2026-11-27'), await why('2026-12-31'), await why('2027-01-01')]).toEqual([
    'This paper has ended.',
    'It has ended.',
    'It has ended.',
    'new words',
  ]);
  expect(await reasonWords(door, [item(undefined, '2026-11-27')])).toEqual(new Map());
});
