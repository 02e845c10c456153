import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { stringify } from 'yaml';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { tehran } from '../../src/ops/clock.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { addDays } from '../../src/field/jalali.ts';
import { loadCalendar, nextPayaCycle } from '../../src/settlement/calendar/index.ts';
import {
  decideRules,
  inForce,
  listProposals,
  parseRulesFile,
  previewRules,
  proposeRules,
  showRules,
  waitingProposal,
  type RulesFile,
} from '../../src/settlement/rules/index.ts';
import { readUnits } from '../../src/ledger/index.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

const NOW = Date.now();
const TODAY = tehran(NOW).isoDate;
const SOON = addDays(TODAY, 10);
const LATER = addDays(TODAY, 20);
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 4); // with the rights of its duty
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await addActor(owner, 'maryam', ['maker']);
  await addActor(owner, 'babak', ['checker']);
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
});
beforeEach(async () => {
  await owner.query('delete from settlement_proposals');
});

const propose = (file: RulesFile, by = 'maryam', now = NOW) =>
  transaction(pool, (db) => proposeRules(db, file, { reason: 'circular 14', by, now }));
const decide = (id: string, by = 'babak', verdict: 'approved' | 'rejected' = 'approved', now = NOW) =>
  transaction(pool, (db) => decideRules(db, id, { verdict, by, now }));
const terms = (from: string, feeFixedRials: number): Required<RulesFile>['terms'][number] => ({
  ...{ from, settleCardPart: false, minPayoutRials: 1, feeFixedRials, feeBasisPoints: 0, owingAlarmDays: 7 },
});

test('what is shown is a file in which nothing is new', async () => {
  const text = stringify(await showRules(pool));
  expect(await previewRules(pool, parseRulesFile(text), NOW)).toEqual([]);
  await expect(propose(parseRulesFile(text))).rejects.toMatchObject({ code: 'rules.same' });
});

test('every section is proposed by one, approved by another, and read by its day', async () => {
  const all = await showRules(pool);
  const file: RulesFile = {
    terms: [...all.terms, terms(SOON, 500)],
    matching: [{ from: SOON, rules: [['rrn', 'terminal'], ['trace']] }],
    breaks: [{ from: SOON, lookbackDays: 9, lateDays: 1, toleranceDays: 2, alarmDays: 3 }],
    acquirers: [{ psp: 'behin', from: SOON, profiles: ['native'] }],
    payaCycles: [{ from: SOON, business: ['10:00', '09:00'], holiday: ['04:00'] }],
    railLimits: [{ rail: 'PAYA', from: SOON, minRials: 1, maxRials: 3_000_000_000 }],
    holidays: [...all.holidays, { day: LATER, name: 'سوگواری همگانی', estimated: false }],
    weekends: [{ calendar: 'bank', from: SOON, weekdays: [5, 6] }],
  };
  const proposal = await propose(file);
  expect(proposal).toMatchObject({ state: 'waiting', firstDay: SOON, proposedBy: 'maryam' });
  expect(proposal.changes.map(({ section, action }) => [section, action])).toEqual(
    ['terms', 'matching', 'breaks', 'acquirers', 'payaCycles', 'railLimits', 'holidays', 'weekends'].map((each) => [each, 'new']),
  );
  expect(await showRules(pool)).toEqual(all);
  expect(await decide(proposal.id)).toMatchObject({ state: 'approved', decidedBy: 'babak' });
  const now = inForce(await showRules(pool), SOON);
  expect(now).toMatchObject({
    terms: [{ from: SOON, feeFixedRials: 500 }],
    matching: [{ rules: [['rrn', 'terminal'], ['trace']] }],
    breaks: [{ alarmDays: 3 }],
    acquirers: [{ psp: 'behin', profiles: ['native'] }],
    payaCycles: [{ business: ['09:00', '10:00'], holiday: ['04:00'] }],
    railLimits: [{ rail: 'PAYA', maxRials: 3_000_000_000 }, { rail: 'SATNA' }],
    weekends: [{ calendar: 'bank', weekdays: [5, 6] }, { calendar: 'office' }],
  });
  expect(inForce(await showRules(pool), addDays(SOON, -1)).terms).toEqual(inForce(all, TODAY).terms);
  expect(await previewRules(pool, file, NOW)).toEqual([]);
  const paya = nextPayaCycle(await loadCalendar(pool), { day: LATER, time: '00:00' });
  expect(paya).toEqual({ day: LATER, time: '04:00' }); // a holiday now
  const audit = await pool.query(`select actor, act, reason from audit where object = 'settlement-rules:${proposal.id}' order by seq`);
  expect(audit.rows).toEqual([
    { actor: 'maryam', act: 'settlement-rules.proposed', reason: 'circular 14' },
    { actor: 'babak', act: 'settlement-rules.approved', reason: null },
  ]);
}); // prettier-ignore

test('what is to come is changed, and withdrawn where the file no longer names it', async () => {
  await decide((await propose({ terms: [terms(SOON, 500), terms(LATER, 900)] })).id);
  const changed = await propose({ terms: [terms(LATER, 800)] });
  expect(changed.changes).toMatchObject([
    { action: 'changed', key: LATER, before: { feeFixedRials: 900 }, after: { feeFixedRials: 800 } },
    { action: 'withdrawn', key: SOON, after: null },
  ]);
  await decide(changed.id);
  expect(inForce(await showRules(pool), SOON).terms[0]).toMatchObject({ from: '2020-01-01' });
  expect(inForce(await showRules(pool), LATER).terms[0]).toMatchObject({ feeFixedRials: 800 });
});

test('fees are tables whose bands rise; what was approved stands as it was given', async () => {
  const table = { fee: 'merchant', from: SOON, of: 'card' as const, exempt: ['supermarket'], payee: 'the PSP', account: 'IR1' };
  const fall = { ...table, bands: [{ below: 10, rials: 1 }, { below: 5, rials: 1 }, { rials: 2 }] };
  expect(() => parseRulesFile(stringify({ feeTables: [fall] }))).toThrow(/feeTables\[0\]\.bands\[1\]: bands rise/);
  const file = { feeTables: [{ ...table, bands: [{ below: 6_000_000, rials: 1_200 }, { perMillion: 200, most: 40_000 }] }] };
  await decide((await propose(file)).id);
  expect((await showRules(pool)).feeTables).toEqual(file.feeTables);
  expect(await previewRules(pool, file, NOW)).toEqual([]);
  await decide((await propose({ feeTables: [] })).id);
  expect((await showRules(pool)).feeTables).toEqual([]);
}); // prettier-ignore

test('the card part and the units of acquirers’ files: as they were given, and refused where they make no sense', async () => {
  await owner.query(`insert into programmes values ('basics')`);
  const part = { programme: 'basics', from: SOON, kind: 'fee' as const, rials: 50_000, perMillion: 0, purchasesFromRials: 1_000_000, mostRials: 60_000, payee: 'the network', account: 'IR1' };
  const price = { programme: 'basics', from: LATER, kind: 'price' as const, rials: 50_000, perMillion: 0, purchasesFromRials: 0 };
  const file: RulesFile = { cardParts: [part, price], acquirerUnits: [{ psp: '*', from: SOON, in: 'rial', rounding: 'half-up' }, { psp: 'SDD', from: LATER, in: 'rial', rounding: 'down' }] };
  await decide((await propose(file)).id);
  expect(await showRules(pool)).toMatchObject(file);
  expect(await previewRules(pool, file, NOW)).toEqual([]);
  expect(parseRulesFile(stringify({ cardParts: [{ programme: 'basics', from: SOON, kind: 'price', rials: 5 }] })).cardParts).toEqual([{ programme: 'basics', from: SOON, kind: 'price', rials: 5, perMillion: 0, purchasesFromRials: 0 }]);
  const wrong = (row: object, why: RegExp): void => {
    expect(() => parseRulesFile(stringify({ cardParts: [row] }))).toThrow(why);
  };
  wrong({ ...price, kind: 'fee' }, /cardParts\[0\]: a fee has a payee and an account/);
  wrong({ ...part, kind: 'price' }, /cardParts\[0\]: .* only a fee has a payee/);
  wrong({ ...part, mostRials: 40_000 }, /cardParts\[0\]: 50000 rials are above the lawful maximum of 40000/);
  await expect(propose({ cardParts: [{ ...price, programme: 'nowhere' }] })).rejects.toMatchObject({ code: 'rules.file', message: expect.stringMatching(/cardParts\[0\]: there is no programme nowhere/) });
  await expect(propose({ acquirerUnits: [{ psp: '*', from: SOON, in: 'toman', rounding: 'up' }] })).rejects.toMatchObject({ code: 'rules.file', message: expect.stringMatching(/acquirerUnits\[0\]: there is no lawful unit toman/) });
  await decide((await propose({ cardParts: [], acquirerUnits: [] })).id);
  expect(await showRules(pool)).toMatchObject({ cardParts: [], acquirerUnits: [] });
}); // prettier-ignore

describe('units of money', () => {
  const coin = { unit: 'new-rial', alpha: 'IRN', numeric: '999', exponent: 2, rials: 10_000, nameFa: 'ریال نو', nameEn: 'new rial', lawful: true };
  const ended = { unit: 'rial', from: LATER, alpha: 'IRR', numeric: '364', exponent: 0, rials: 1, nameFa: 'ریال', nameEn: 'rial', lawful: false };
  const all = async (more: RulesFile): Promise<RulesFile> => ({
    ...more,
    units: [...(await showRules(pool)).units.filter(({ from }) => from === '2000-01-01'), ...(more.units ?? [])],
  });
  const begun = { ...coin, from: SOON };
  const everybody = { terminalUnits: [{ profile: '*', from: SOON, in: 'new-rial' }], paymentUnits: [{ from: SOON, in: 'new-rial' }] };

  test.each<[what: string, file: RulesFile, why: RegExp]>([
    ['amounts in a unit that there is not', { terminalUnits: [{ profile: 'native', from: SOON, in: 'toman' }] }, /terminalUnits\[0\]: there is no lawful unit toman/],
    ['amounts in a unit before it is lawful', { units: [{ ...coin, from: LATER }], paymentUnits: [{ from: SOON, in: 'new-rial' }] }, /paymentUnits\[0\]: there is no lawful unit/],
    ['one worth that changes', { units: [begun, { ...coin, from: LATER, rials: 1_000 }] }, /worth 1000 rials in another row/],
    ['a code that is another unit\'s', { units: [{ ...begun, numeric: '364' }] }, /rial has the code/],
    ['steps that are no whole rials', { units: [{ ...begun, rials: 10, exponent: 2 }] }, /10 rials do not divide/],
    ['the end of a unit that somebody still uses', { units: [begun, ended], ...everybody, terminalUnits: [{ profile: 'native', from: SOON, in: 'new-rial' }] }, /terminals of all other profiles are still in rial/],
    ['books that convert before the payment files', { units: [begun], ...everybody, paymentUnits: [], bookUnits: [{ from: LATER, in: 'new-rial' }] }, /the books convert last, and on .* payment files are in rial/],
    ['a terminal that goes back after the books', { units: [begun], ...everybody, terminalUnits: [...everybody.terminalUnits, { profile: '*', from: addDays(LATER, 3), in: 'rial' }], bookUnits: [{ from: LATER, in: 'new-rial' }] }, /another row begins .* in rial/],
  ])('refused: %s', async (_, file, why) => {
    const asked = propose(await all(file));
    await expect(asked).rejects.toMatchObject({ code: 'rules.file', message: expect.stringMatching(why) });
  });

  test('the whole road, approved by two, is what a gateway reads', async () => {
    const file = await all({ units: [begun, ended], ...everybody, bookUnits: [{ from: LATER, in: 'new-rial' }] });
    await decide((await propose(file)).id);
    expect(await previewRules(pool, file, NOW)).toEqual([]);
    const units = await readUnits(pool);
    expect(units.lawful(SOON).map(({ alpha }) => alpha)).toEqual(['IRR', 'IRN']);
    expect(units.ofTerminals('native')?.(SOON)).toMatchObject({ numeric: '999', stepRials: 100n });
    expect(units.ofTerminals('native')?.(addDays(SOON, -1))).toMatchObject({ numeric: '364', stepRials: 1n });
    await decide((await propose(await all({ terminalUnits: [], paymentUnits: [], bookUnits: [] }))).id);
    expect((await readUnits(pool)).ofTerminals('native')).toBeUndefined();
  });

  test('the database refuses what no proposal brought, and other worth for a unit', async () => {
    await expect(pool.query("insert into terminal_units values ('native', '2030-01-01', 'rial')")).rejects.toThrow(/permission denied/);
    const other = owner.query("insert into money_units values ('rial', '2030-01-01', 'IRR', '364', 0, 10, 'ریال', 'rial', true)");
    await expect(other).rejects.toThrow(/worth other rials/);
  });
}); // prettier-ignore

describe('refused', () => {
  const codes = (work: Promise<unknown>, code: string) => expect(work).rejects.toMatchObject({ code });

  test.each([
    ['a change of what has begun', { terms: [terms('2020-01-01', 5)] }, /terms\[0\]: 2020-01-01 has begun/],
    ['a rule from today on', { terms: [terms(TODAY, 5)] }, /has begun/],
    ['a new rule of the past', { breaks: [{ from: '2024-01-01', lookbackDays: 9, lateDays: 1, toleranceDays: 2, alarmDays: 3 }] }, /2024-01-01 has begun/], // prettier-ignore
  ])('%s', async (_, file, message) => {
    await expect(propose(file)).rejects.toMatchObject({ code: 'rules.file', message: expect.stringMatching(message) });
  });

  test('a rule of a business day that is open ahead of the calendar', async () => {
    const ahead = addDays(TODAY, 3);
    await owner.query('insert into business_days (business_day) values ($1)', [ahead]);
    await codes(propose({ terms: [terms(ahead, 5)] }), 'rules.file');
    await owner.query('delete from business_days where business_day = $1', [ahead]);
  });

  test.each([
    ['terms: [{ from: 2030-02-31 }]', 'terms[0]: there is no day 2030-02-31'],
    ['terms: [{ from: 2030-01-01 }, { from: 2030-01-01 }]', 'terms[1]: 2030-01-01 comes twice'],
    ['matching: [{ from: 2030-01-01, rules: [[pan]] }]', 'matching[0].rules[0][0]'],
    ['matching: [{ from: 2030-01-01, rules: [] }]', 'matching[0].rules'],
    ['breaks: [{ from: 2030-01-01, lookbackDays: 61, lateDays: 0, toleranceDays: 0, alarmDays: 0 }]', 'breaks[0].lookbackDays'],
    ['railLimits: [{ rail: PAYA, from: 2030-01-01, minRials: 10, maxRials: 9 }]', 'railLimits[0]: no order is both'],
    ['payaCycles: [{ from: 2030-01-01, business: ["25:00"], holiday: [] }]', 'payaCycles[0].business[0]'],
    ['acquirers: [{ psp: a, from: 2030-01-01, profiles: ["*", native] }]', 'acquirers[0].profiles'],
    ['weekends: [{ calendar: bank, from: 2030-01-01, weekdays: [8] }]', 'weekends[0].weekdays[0]'],
    ['fees: []', 'the file: there is no setting fees'],
    ['terms: &a [*a]', ''],
    ['[', ''],
    ['', ''],
  ])('%j', (text, place) => {
    expect(() => parseRulesFile(text)).toThrow(place);
    expect(() => parseRulesFile(text)).toThrow('refused, nothing was changed');
  }); // prettier-ignore

  test('one person for both, a name that only looks like another, a second proposal, and twice the same word', async () => {
    const { id } = await propose({ terms: [terms(addDays(TODAY, 40), 5)] });
    await codes(decide(id, 'maryam'), 'rules.same-person');
    await codes(decide(id, 'MARYAM '), 'rules.same-person');
    await codes(propose({ terms: [terms(addDays(TODAY, 41), 5)] }), 'rules.waiting');
    await decide(id, 'babak', 'rejected');
    await codes(decide(id), 'rules.state');
    await codes(decide('999999'), 'rules.unknown');
    expect(await waitingProposal(pool)).toBeUndefined();
    expect(await listProposals(pool, { limit: 9 })).toMatchObject([{ state: 'rejected' }]);
  });

  test('an approval once its day has come, or once the rules are others', async () => {
    const first = await propose({ terms: [terms(addDays(TODAY, 50), 5)] });
    await codes(decide(first.id, 'babak', 'approved', NOW + 51 * 86_400_000), 'rules.late');
    await owner.query(`insert into settlement_terms (valid_from) values ($1)`, [addDays(TODAY, 60)]);
    await codes(decide(first.id), 'rules.stale');
  });

  test('by the database: what no two persons said, what was applied, and the past', async () => {
    const { id } = await propose({ breaks: [{ from: addDays(TODAY, 70), lookbackDays: 9, lateDays: 1, toleranceDays: 2, alarmDays: 3 }] });
    await expect(pool.query('select apply_settlement_proposal($1)', [id])).rejects.toThrow('is not approved');
    await expect(pool.query(`update settlement_proposals set verdict = 'approved', decided_by = 'maryam', decided_at = now() where proposal_id = $1`, [id])).rejects.toThrow(/check/);
    await decide(id);
    await expect(pool.query('select apply_settlement_proposal($1)', [id])).rejects.toThrow('applied before');
    await expect(pool.query(`insert into settlement_terms (valid_from) values ('2031-01-01')`)).rejects.toThrow('permission denied');
    const forged = await pool.query<{ id: string }>(
      `insert into settlement_proposals (file, changes, based_on, first_day, reason, proposed_by, verdict, decided_by, decided_at)
       values ('{}', $1, repeat('0', 64), '2031-01-01', 'forged', 'maryam', 'approved', 'babak', now()) returning proposal_id as id`,
      [JSON.stringify([{ section: 'terms', action: 'changed', before: { from: '2020-01-01' }, after: terms('2031-01-01', 5) }])],
    );
    await expect(pool.query('select apply_settlement_proposal($1)', [forged.rows[0]?.id])).rejects.toThrow('has begun');
  }); // prettier-ignore
});
