import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { demoPan } from '../../../src/demo/index.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { maskPan } from '../../../src/field/pan.ts';
import { applyProgrammes, decideWindow, openLedger, proposeWindow, seedDemo } from '../../../src/ledger/index.ts';
import { systemClock, tehran, transmissionDateTime } from '../../../src/ops/clock.ts';
import { openPool } from '../../../src/ops/database.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { keepsContract } from './support/contract.ts';
import { openOperators, type Operators } from './support/operators.ts';

const NOW = Date.now();
interface Seen {
  readonly members: number;
  readonly cards: readonly string[];
  readonly credit: { readonly leftRials: string };
  readonly moves: readonly object[];
}
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let operators: Operators;
let proposed = '';
const panHash = (pan: string): Buffer => createHash('sha256').update(pan).digest();

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await seedDemo(owner, { panHash, now: NOW });
  operators = await openOperators(pool, NOW);
  await owner.query(`insert into households (household_id, members, status) values ('9001', 1, 'active')`);
  proposed = String(
    (await operators.call('maker', 'POST', '/household-moves', { body: move({ cards: [] }) })).body['id'],
  );
});
afterAll(async () => {
  await operators.http.close();
  await pool.end();
  await owner.end();
  await server.stop();
});

const looking = ['support', 'auditor'] as const;
const ofMoney = ['maker', 'checker', 'support', 'engineer', 'auditor'] as const;
/** A part of demo household 2 is a household of its own, which a file has brought. */
const move = (more: object = {}) => ({
  kind: 'split', from: '2', to: '9001', cards: [maskPan(demoPan(2))], persons: 1, cause: 'divorce', reason: 'letter 12 of the registry', ...more,
}); // prettier-ignore
keepsContract(
  [
    { route: 'GET /households?household=1', roles: looking },
    { route: 'GET /households/:household', roles: looking },
    { route: 'GET /households/:household/transactions', roles: looking },
    { route: 'GET /programmes', roles: ['maker', 'checker', 'support', 'auditor', 'admin'] },
    { route: 'GET /household-moves', roles: ofMoney },
    { route: 'GET /household-moves/:id', roles: ofMoney },
    { route: 'POST /household-moves', roles: ['maker'], body: move() },
    { route: 'POST /household-moves/:id/approval', roles: ['checker'], body: { reason: 'as the registry says' } },
    {
      route: 'POST /household-moves/:id/rejection',
      roles: ['maker', 'checker'],
      body: { reason: 'as the registry says' },
    },
    { route: 'POST /programmes/what-if', roles: looking, body: { household: '1', totalRials: '1000' } },
  ],
  () => operators,
  () => ({ household: '1', id: proposed }),
);

describe('a household', () => {
  test('is found by its number, and by a card as a receipt shows it; by nothing else', async () => {
    const masked = maskPan(demoPan(1));
    const found = { items: [expect.objectContaining({ household: '1', cards: [masked] })] };
    expect((await operators.call('support', 'GET', '/households?household=1')).body).toEqual(found);
    for (const card of [masked, `${masked.slice(0, 6)}*${masked.slice(-4)}`])
      expect((await operators.call('support', 'GET', `/households?card=${encodeURIComponent(card)}`)).body).toEqual(found); // prettier-ignore
    expect((await operators.call('support', 'GET', '/households?card=603799*0000')).body).toEqual({ items: [] });
    for (const query of ['', '?card=6037991234560078', '?household=1&card=603799*0078', "?household=1'--"])
      expect([query, (await operators.call('support', 'GET', `/households${query}`)).status]).toEqual([query, 400]);
  });

  test('shows its credit with its ends, and that stands in the audit', async () => {
    const { body } = await operators.call('support', 'GET', '/households/1');
    const buckets = body['buckets'] as { open: boolean; leftRials: string; validTo: string }[];
    const open = buckets.filter((bucket) => bucket.open);
    expect(open.length).toBeGreaterThan(0);
    expect(body).toMatchObject({
      credit: {
        query: 'ledger.buckets',
        leftRials: String(open.reduce((sum, { leftRials }) => sum + BigInt(leftRials), 0n)),
        endsOn: open.map(({ validTo }) => validTo).sort()[0],
      },
    });
    const { rows } = await pool.query(`select actor from audit where act = 'household.read' and object = 'household:1'`);
    expect(rows).toContainEqual({ actor: 'one-support' });
  }); // prettier-ignore
});

describe('a household that splits', () => {
  test('does so once, by two persons: its card, its credit by persons, and what the audit says', async () => {
    const asked = { body: move() };
    const seen = async (household: string): Promise<Seen> =>
      (await operators.call('support', 'GET', `/households/${household}`)).body as unknown as Seen;
    const made = await operators.once('maker', 'POST', '/household-moves', asked);
    expect(made).toMatchObject({ status: 201, body: { state: 'proposed', fromMembers: expect.any(Number) as unknown, movedRials: '0', proposedBy: 'one-maker' } }); // prettier-ignore
    const id = String(made.body['id']);
    const before = await seen('2');
    const done = await operators.once('checker', 'POST', `/household-moves/${id}/approval`, { body: { reason: 'as the registry says' } }); // prettier-ignore
    expect(done).toMatchObject({ status: 200, body: { state: 'approved', decidedBy: 'one-checker' } });
    const [after, fresh] = [await seen('2'), await seen('9001')];
    expect([after.members, fresh.members]).toEqual([before.members - 1, 1]);
    expect(fresh.cards).toEqual([maskPan(demoPan(2))]);
    expect(BigInt(after.credit.leftRials) + BigInt(fresh.credit.leftRials)).toBe(BigInt(before.credit.leftRials));
    expect(BigInt(fresh.credit.leftRials)).toBe(BigInt(before.credit.leftRials) / BigInt(before.members));
    expect(fresh.moves).toMatchObject([{ id, state: 'approved', movedRials: done.body['movedRials'] }, { id: proposed, state: 'proposed' }]); // prettier-ignore
    const { rows } = await pool.query(`select actor, act from audit where object = $1 order by seq`, [`household-move:${id}`]); // prettier-ignore
    expect(rows).toEqual([{ actor: 'one-maker', act: 'household-move.proposed' }, { actor: 'one-checker', act: 'household-move.approved' }]); // prettier-ignore
    const again = await operators.call('checker', 'POST', `/household-moves/${id}/rejection`, { body: {} });
    expect(again).toMatchObject({ status: 409, body: { code: 'move.state' } });
    // the other proposal spoke of members that are others by now
    const late = await operators.call('checker', 'POST', `/household-moves/${proposed}/approval`, { body: {} });
    expect([late.status, late.body['code']]).toEqual([409, expect.stringMatching(/^move\.(changed|months-twice)$/)]);
    const mine = await operators.call('maker', 'POST', `/household-moves/${proposed}/rejection`, { body: {} });
    expect(mine).toMatchObject({ status: 200, body: { state: 'rejected' } });
    const list = (await operators.call('auditor', 'GET', '/household-moves?household=9001&limit=1')).body;
    expect(list).toMatchObject({ items: [{ id }], next: expect.any(String) as unknown });
    expect((await operators.call('maker', 'POST', '/household-moves', { body: move({ cards: ['603799******9999'] }) })).body['code']).toBe('move.card'); // prettier-ignore
  });
});

describe('what-if', () => {
  const books = async (): Promise<string> => {
    const { rows } = await owner.query<{ all: string }>(
      `select md5((select string_agg(b::text, '' order by b::text) from buckets b)
                  || (select count(*) from transactions) || (select count(*) from requests) || (select count(*) from postings)
                  || (select count(*) from quotes) || (select count(*) from rrn_hours) || (select count(*) from business_days)) as all`,
    );
    return rows[0]?.all ?? '';
  };
  const ask = (body: object) => operators.call('support', 'POST', '/programmes/what-if', { body });

  test.each([
    ['within the credit', '1', 1_000_000n, 'card'],
    ['beyond it, with the card', '1', 900_000_000n, 'card'],
    ['beyond it, with cash', '1', 900_000_000n, 'cash'],
  ] as const)('%s says what the ledger then decides, and keeps nothing', async (_, household, totalRials, rest) => {
    const before = await books();
    const said = await ask({ household, totalRials: totalRials.toString(), rest });
    expect(said.status).toBe(200);
    expect(await books()).toBe(before);
    const ledger = openLedger({ pool, clock: systemClock });
    const { time, date } = tehran(NOW);
    const decision = await ledger.purchase({
      key: { terminal: String(said.body['terminal']), stan: `${totalRials % 1000n}`.padStart(6, rest === 'card' ? '1' : '2'), localTime: time, localDate: date },
      merchant: String(said.body['merchant']),
      transmission: transmissionDateTime(NOW),
      contentHash: Buffer.alloc(32, Number(totalRials % 251n)),
      card: { hash: panHash(demoPan(1)), masked: maskPan(demoPan(1)) },
      ...{ at: NOW, totalRials, rest, basket: undefined, quoteRef: undefined, softwareVersion: undefined },
    });
    await ledger.close();
    if (!('outcome' in decision)) throw new Error(decision.kind);
    const { outcome } = decision;
    expect(said.body).toMatchObject({
      verdict: decision.kind === 'held' ? 'asks-bank' : decision.kind,
      voucherRials: outcome.voucherRials.toString(),
      cardRials: outcome.cardRials.toString(),
      cashRials: outcome.cashRials.toString(),
      creditLeftRials: outcome.creditLeftRials.toString(),
    });
    const takes = said.body['takes'] as { rials: string }[];
    expect(takes.reduce((sum, { rials }) => sum + BigInt(rials), 0n)).toBe(outcome.voucherRials);
    await owner.query('delete from transactions; delete from requests; update buckets set held_rials = 0, spent_rials = 0'); // the next row begins anew
  }); // prettier-ignore

  test('says why not, line by line and as a whole', async () => {
    const line = (goods: string, amountRials: string) => ({ goods, unit: '00', quantity: 1, amountRials });
    const foreign = await ask({ household: '1', totalRials: '5000', basket: [line('9999999999999', '5000')] });
    expect(foreign.body).toMatchObject({ voucherRials: '0', lines: [{ verdict: '01' }] });
    const wrong = await ask({ household: '1', totalRials: '5000', basket: [line('0000000000001', '4000')] });
    expect(wrong.body).toMatchObject({ verdict: 'declined', rc: '40', text: { en: 'basket does not add up' } });
    const far = await ask({ household: '1', totalRials: '5000', rest: 'cash', day: '2031-01-01' });
    expect(far.body).toMatchObject({ verdict: 'declined', rc: '51' });
    expect(await ask({ household: 'nobody', totalRials: '5000' })).toMatchObject({ status: 404, body: { code: 'household.unknown' } }); // prettier-ignore
    expect(await ask({ household: '1', totalRials: '5000', terminal: '99999999' })).toMatchObject({ status: 404, body: { code: 'terminals.unknown' } }); // prettier-ignore
    for (const totalRials of ['0', '-5', '1.5', '1e9', '1'.repeat(13)])
      expect([totalRials, (await ask({ household: '1', totalRials })).status]).toEqual([totalRials, 400]);
  });
});

test('programmes have their rules by date, and which of them hold today', async () => {
  const { body } = await operators.call('maker', 'GET', '/programmes');
  expect(body).toMatchObject({
    items: [{ programme: 'demo', inForce: { rules: { from: '2020-03-20' } }, rules: [{ from: '2020-03-20' }] }],
  });
});

describe('rules by day', () => {
  const byDay = async (query: string) => {
    const { body } = await operators.call('maker', 'GET', `/rules-by-day${query}`);
    const holds = body['holds'] as { source: string; section: string; whose: string; row: Record<string, unknown> }[];
    const changes = body['changes'] as { section: string; whose: string; action: string; before: unknown; after: unknown }[]; // prettier-ignore
    return { of: (section: string) => holds.filter((each) => each.source === 'demo' && each.section === section), changes };
  };

  beforeAll(async () => {
    const rule = { pinCheck: 'issuer', minCardRials: 0, minCardAs: 'price', confirmation: 'none', confirmWithinMs: 300_000, carryOver: false };
    const rules = [{ from: '2020-03-20', ...rule }, { from: '2031-03-21', ...rule, maxPurchaseRials: 9_000_000 }];
    await owner.query(`insert into entitlements (programme_id, period, category, quantity_per_member) values ('demo', '*', '01', 1000)`);
    const entitlements = [{ period: '*', category: '01', perPerson: 1_000 }, { period: '1410-01', category: '01', perPerson: 700 }];
    await applyProgrammes(owner, JSON.stringify({ programmes: [{ programme: 'demo', rules, entitlements }] }), { name: 'rules.yaml', now: NOW });
    const { id } = await proposeWindow(owner, { programme: 'demo', period: '1410-01', cohort: 'all', cohorts: [], to: '2031-05-10', effectiveAt: Date.parse('2031-03-25T00:00:00Z'), reason: 'Nowruz', by: 'sara' });
    await decideWindow(owner, id, 'approved', 'omid');
  });

  test('are the newest that have begun, and a month’s own ration before that of every month', async () => {
    const last = await byDay('?day=2031-03-20');
    expect(last.of('rules')).toMatchObject([{ row: { from: '2020-03-20' } }]);
    expect(last.of('entitlements')).toMatchObject([{ whose: '01', row: { perPerson: 1_000 } }]);
    const first = await byDay('?day=2031-03-21');
    expect(first.of('rules')).toMatchObject([{ row: { from: '2031-03-21', maxPurchaseRials: 9_000_000 } }]);
    expect(first.of('entitlements')).toMatchObject([{ whose: '01', row: { period: '1410-01', perPerson: 700 } }]);
  });

  test('ends of credit count from the day on that they were moved, until they are past', async () => {
    const ends = async (day: string) => (await byDay(`?day=${day}`)).of('windows').length;
    expect([await ends('2031-03-24'), await ends('2031-03-25'), await ends('2031-05-10'), await ends('2031-05-11')]).toEqual([0, 1, 1, 0]);
  });

  test('between two days what begins, changes and ends is told, and nothing else', async () => {
    const { changes } = await byDay('?day=2031-03-25&against=2031-03-20');
    expect(changes.map(({ section, action }) => `${section} ${action}`).toSorted()).toEqual(['entitlements changes', 'rules changes', 'windows begins']);
    expect(changes.find(({ section }) => section === 'windows')).toMatchObject({ whose: '1410-01 all', before: null, after: { to: '2031-05-10' } });
    const back = await byDay('?day=2031-03-20&against=2031-03-25');
    expect(back.changes.map(({ section, action }) => `${section} ${action}`).toSorted()).toEqual(['entitlements changes', 'rules changes', 'windows ends']);
    expect((await byDay('?day=2031-03-25&against=2031-03-25')).changes).toEqual([]);
    expect((await operators.call('maker', 'GET', '/rules-by-day?day=2031-02-30')).status).toBe(400);
  });
}); // prettier-ignore

test('what-if tells which rations a basket would use, as the ledger counts them', async () => {
  const { rows } = await owner.query<{ code: string }>(`select code from goods where category = '01' limit 1`);
  const good = rows[0]?.code ?? '';
  await owner.query(`update goods set unit = '01' where code = $1`, [good]);
  const basket = [{ goods: good, unit: '01', quantity: 400, amountRials: '50000' }];
  const ask = () => operators.call('support', 'POST', '/programmes/what-if', { body: { household: '1', totalRials: '50000', basket } });
  const { body } = await ask();
  expect(body).toMatchObject({ lines: [{ verdict: '00' }], rations: [{ programme: 'demo', category: '01', usedBefore: '0', usedAfter: '400' }] });
  expect((await ask()).body['rations']).toEqual(body['rations']);
  expect((await owner.query('select from entitlement_uses')).rowCount).toBe(0);
}); // prettier-ignore
