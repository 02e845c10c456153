import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { demoPan } from '../../src/demo/index.ts';
import { maskPan } from '../../src/field/pan.ts';
import { authorityOfFile } from '../../src/handlers/voucher/index.ts';
import { decideBinding, proposeBinding } from '../../src/ledger/index.ts';
import { openClient, openPool } from '../../src/ops/database.ts';
import { systemClock, tehran, transmissionDateTime } from '../../src/ops/clock.ts';
import { startAuthoritySimulator, type AuthoritySimulator } from '../../src/simulators/authority/index.ts';
import { readAmounts, type SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { temporaryPostgres } from '../support/postgres.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

/** What a file of settings and dated rows put at the gateway's edges, seen from a terminal's socket: a remote authority that decides
 *  vouchers, a unit of money that is not the rial, and the day on which a counter goes over to it. */

const TODAY = tehran(Date.now()).isoDate;
const STRANGER = 999; // its card is taken out of our books: the authority knows it
let server: EmbeddedPostgres;
let authority: AuthoritySimulator;
let system: System;
let terminal: SimulatedTerminal;
let profiles: string;

beforeAll(async () => {
  server = await temporaryPostgres();
  const owner = await openClient(server.url);
  await owner.query(
    `insert into money_units values ('new-rial', '2020-01-01', 'IRN', '999', 2, 10000, 'ریال نو', 'new rial', true);
     insert into terminal_units values ('counter', $day$${TODAY}$day$, 'new-rial')`,
  );
  await owner.end();
  authority = await startAuthoritySimulator({
    host: '127.0.0.1',
    port: 0,
    creditRials: 4_000_000n,
    clock: systemClock,
  });
  const settings = { name: 'central', programme: 'demo', cards: ['603799'], url: authority.url };
  const files = { 'authorities.json': JSON.stringify({ authorities: [settings] }) };
  profiles = mkdtempSync(join(tmpdir(), 'kalabarg-profiles-'));
  const counter = { name: 'counter', title: { fa: 'پیشخوان', en: 'A counter' }, extends: 'native' };
  writeFileSync(join(profiles, 'counter.json'), JSON.stringify(counter));
  system = await startSystem({ DATABASE_URL: server.url, KALABARG_PROFILES: profiles }, files);
  const books = openPool(server.url, 1);
  const proposal = {
    content: authorityOfFile(system.data, 'central'),
    from: TODAY,
    reason: 'the contract of 1405',
    by: 'Ali',
  };
  await decideBinding(books, (await proposeBinding(books, proposal)).id, 'approved', 'Sara');
  await books.end();
  const owns = await openClient(server.url);
  await owns.query('delete from cards where masked = $1', [maskPan(demoPan(STRANGER))]);
  await owns.query(`update terminals set profile = 'counter' where terminal_id = '10000005'`);
  await owns.end();
  terminal = await system.terminal('10000001');
});
afterAll(async () => {
  await system.stop();
  await authority.close();
  await server.stop();
  rmSync(profiles, { recursive: true, force: true });
});

test('the authority of authorities.yaml decides a card that is not ours, and hears what became of it', async () => {
  const sale = await terminal.financial('179800', 5_000_000n, cardOf(STRANGER));
  expect(sale.rc).toBe('00');
  expect(readAmounts(sale.message.get(54)).get('9841')).toBe(4_000_000n);
  const [order] = authority.book.orders.values();
  expect(order).toMatchObject({ state: 'confirmed', subsidizedRials: 4_000_000n, rrn: sale.message.get(37) });
  expect((await terminal.financial('179898', 1_000_000n, cardOf(7))).rc).toBe('00'); // a card of ours: ours
  expect(authority.book.orders.size).toBe(1);
});

describe('over the switch of the rial', () => {
  /** The last half minute of yesterday: in rials still, and in the window of a clock that is a day off. */
  const AT = Date.parse(`${TODAY}T00:00:00+03:30`) - 30_000;
  const YESTERDAY = { 7: transmissionDateTime(AT), 12: tehran(AT).time, 13: tehran(AT).date };
  let counter: SimulatedTerminal;
  const left = async (): Promise<number> => {
    const client = await openClient(server.url);
    const { rows } = await client.query<{ left: number }>(
      `select sum(amount_rials - spent_rials - held_rials)::int as left from buckets join cards using (household_id) where masked = $1`,
      [maskPan(demoPan(9))],
    );
    await client.end();
    return rows[0]?.left ?? 0;
  };
  /** 1,234,567 rials: 123.4567 new ones, whose step is a hundredth. */
  const bought = () => counter.financial('179898', 1_234_567n, cardOf(9), YESTERDAY);
  const inNew = { 49: '999' } as const;

  beforeAll(async () => {
    counter = await system.terminal('10000005');
  });

  test('what was bought in rials comes back in the new unit, to the rial, and no rial more', async () => {
    const before = await left();
    const sale = await bought();
    expect([sale.rc, sale.message.get(4), sale.message.get(49)]).toEqual(['00', '000001234567', '364']);
    expect(await left()).toBe(before - 1_234_567);
    const of = { ...inNew, 48: { '10': sale.message.get(37) ?? '' } };
    const part = await counter.financial('279800', 10_000n, cardOf(9), of);
    expect([part.rc, part.message.get(4), part.message.get(49)]).toEqual(['00', '000000010000', '999']);
    expect(await left()).toBe(before - 234_567);
    // 234,567 are left: 2,346 hundredths are less than one away from it, and so all of it
    expect((await counter.financial('279800', 2_347n, cardOf(9), of)).rc).not.toBe('00');
    expect((await counter.financial('279800', 2_346n, cardOf(9), of)).rc).toBe('00');
    expect(await left()).toBe(before);
    expect((await counter.financial('279800', 1n, cardOf(9), of)).rc).not.toBe('00');
  });

  test('a reversal repeats what its purchase said, in rials, and gives back the whole of it', async () => {
    const before = await left();
    const sale = await bought();
    expect(await left()).toBe(before - 1_234_567);
    const back = await counter.reverse(sale.request, '17');
    expect([back.rc, back.message.get(49)]).toEqual(['00', '364']);
    expect(await left()).toBe(before);
  });

  test('a new purchase in rials is told so; in the new unit it is of whole steps', async () => {
    const before = await left();
    const { rc, message } = await counter.financial('179898', 1_234_567n, cardOf(9));
    expect([rc, message.get('48.90')]).toEqual(['30', '49']);
    const sale = await counter.financial('179898', 12_345n, cardOf(9), inNew);
    expect([sale.rc, sale.message.get(49)]).toEqual(['00', '999']);
    expect(await left()).toBe(before - 1_234_500);
    expect((await counter.reverse(sale.request, '17', inNew)).rc).toBe('00');
    expect(await left()).toBe(before);
  });
});
