import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import {
  assignBreak,
  commentBreak,
  decideResolution,
  listBreaks,
  proposeResolution,
} from '../../../src/settlement/acquirer/desk.ts';
import { openAcquirerFile } from '../../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile, type AcquirerIntake } from '../../../src/settlement/acquirer/take.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { openLedgerBooks, rrnOf, stanOf, writeKbsf, type FileLine, type LedgerBooks } from '../support/ledger-books.ts';

const DAY = '2026-11-23';
const NEXT = '2026-11-24';
const NOW = Date.parse('2026-11-25T06:00:00Z');

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay('2026-11-22');
  await books.addShop(1, testSheba(1));
  await books.addShop(2, testSheba(2));
  await books.add([
    ...[1, 2, 3, 4, 5, 6, 7].map((id) => ({ id, kind: 'purchase', day: DAY, shop: 1, voucher: 100 * id }) as const),
    { id: 8, kind: 'purchase', state: 'reversed', day: DAY, shop: 2, voucher: 800, card: 50 },
    { id: 9, kind: 'reversal', day: DAY, shop: 2, voucher: 800, card: 50, originalId: 8, rrn: rrnOf(8) },
    { id: 10, kind: 'purchase', day: DAY, shop: 2, voucher: 1_000, quoteRef: '1234567890123' },
    { id: 11, kind: 'return', day: DAY, shop: 2, voucher: 300 },
    { id: 12, kind: 'purchase', state: 'reversed', day: DAY, shop: 2, voucher: 20 },
    { id: 13, kind: 'reversal', day: DAY, shop: 2, voucher: 20, originalId: 12, rrn: rrnOf(12) },
    { id: 14, kind: 'purchase', day: DAY, shop: 2, voucher: 1_400 },
    { id: 15, kind: 'purchase', day: DAY, shop: 1, voucher: 1, cash: 2_999 },
    { id: 16, kind: 'purchase', day: DAY, shop: 1, voucher: 2, cash: 98 },
    { id: 17, kind: 'purchase', day: DAY, shop: 1, voucher: 3, cash: 97 },
  ]);
});
afterAll(async () => {
  await books.close();
});

function take(day: string, lines: readonly FileLine[], cycle = '01'): Promise<AcquirerIntake> {
  const { path, name } = writeKbsf(books.dataDir, day, lines, cycle);
  return takeAcquirerFile(books.pool, path, name, openAcquirerFile(path, name), NOW);
}

function told(id: number, shop: number, voucher: number, more: Partial<FileLine> = {}): FileLine {
  return { shop, rrn: rrnOf(id), stan: stanOf(id), day: DAY, voucher, ...more };
}

const FIRST: readonly FileLine[] = [
  told(1, 1, 100, { sheba: testSheba(1) }),
  told(2, 1, 200, { rrn: '999999999999' }), // by terminal, STAN, date and amount
  told(3, 1, 301), // another amount
  told(4, 1, 400, { rc: '51' }), // refused there
  told(5, 1, 500, { sheba: testSheba(9) }),
  told(5, 1, 500), // once more
  told(8, 2, 800, { card: 50 }), // sold there; taken back here, and not there
  told(10, 2, 1_000, { rrn: '888888888888', stan: '777777', trace: '1234567890123' }), // by the quote reference
  told(11, 2, 300, { kind: 'REV' }),
  told(77, 2, 70), // nobody here knows it
  told(88, 2, 80, { rc: '51' }), // refused there, unknown here: both agree
  told(6, 1, 600, { kind: 'REV' }), // taken back there
  told(99, 2, 30, { kind: 'CHB' }),
  told(15, 1, 1, { cash: 2_999, rc: '10' }), // the rest is due in cash, and both say so
  told(16, 1, 2, { cash: 98 }),
];

test('each line is matched by the rules in their order, or named in a break of its class', async () => {
  const taken = await take(DAY, FIRST);
  expect(taken).toMatchObject({ lines: 15, matched: 9 });
  const { rows } = await books.pool.query<{ rule_no: number }>(
    'select rule_no from acquirer_lines where rule_no is not null order by line',
  );
  expect(rows.map((row) => row.rule_no)).toEqual([1, 2, 1, 1, 1, 3, 1, 1, 1]);
  const breaks = await listBreaks(books.pool, { now: NOW });
  expect(breaks.map((each) => [each.class, each.rrn, each.rials]).sort()).toEqual(
    [
      ['AMOUNT_DIFF', rrnOf(3), '1'],
      ['STATUS_DIFF', rrnOf(4), '400'],
      ['SHEBA_DIFF', rrnOf(5), '500'],
      ['DUPLICATE', rrnOf(5), '500'],
      ['ONLY_ACQUIRER', rrnOf(77), '70'],
      ['STATUS_DIFF', rrnOf(6), '600'],
      ['ONLY_ACQUIRER', rrnOf(99), '30'],
    ].sort(),
  );
});

test('the same bytes again change nothing; the same identity with other bytes is refused', async () => {
  expect(await take(DAY, FIRST)).toMatchObject({ repeated: true });
  await expect(take(DAY, FIRST.slice(0, 3))).rejects.toMatchObject({ code: 'file.conflict' });
});

test('a file that grows while it is read is left alone, and taken once it is whole', async () => {
  const { path, name } = writeKbsf(books.dataDir, '2026-11-19', [told(301, 1, 5, { kind: 'ADJ' })]);
  const whole = readFileSync(path);
  const reader = openAcquirerFile(path, name);
  const grows = {
    faults: reader.faults,
    identity: () => reader.identity(),
    lines: async function* () {
      yield* reader.lines();
      appendFileSync(path, 'D|');
    },
  };
  await expect(takeAcquirerFile(books.pool, path, name, grows, NOW)).rejects.toMatchObject({ code: 'file.changed' });
  writeFileSync(path, whole);
  const taken = await takeAcquirerFile(books.pool, path, name, openAcquirerFile(path, name), NOW);
  expect(taken).toMatchObject({ repeated: false, lines: 1 });
  await books.pool.query(`delete from breaks where rrn = $1`, [rrnOf(301)]);
});

test('two who take the same bytes at once: one does, the other finds them taken', async () => {
  const taken = await Promise.all([1, 2, 3].map(() => take('2026-11-20', [told(300, 1, 5, { kind: 'ADJ' })], '09')));
  expect(taken.map(({ repeated }) => repeated).sort()).toEqual([false, true, true]);
  await books.pool.query(`delete from breaks where rrn = $1`, [rrnOf(300)]);
});

test("what only we have is a break once the next day's file is in too; what comes in it is late", async () => {
  const taken = await take(NEXT, [told(7, 1, 700)]);
  expect(taken.breaks).toEqual({ LATE: 1, ONLY_US: 2, STATUS_DIFF: 1 });
  const breaks = await listBreaks(books.pool, { now: NOW, day: DAY });
  expect(breaks.filter((each) => each.class === 'ONLY_US').map((each) => each.rrn)).toEqual([rrnOf(14), rrnOf(17)]);
  // A purchase that both sides took back, or that was never told and was taken back, is no one's break.
  expect(breaks.some((each) => each.rrn === rrnOf(12))).toBe(false);
});

test('what was missing and comes later needs only a second person', async () => {
  const [missing] = await listBreaks(books.pool, { now: NOW, class: 'ONLY_US' });
  expect(missing).toBeDefined();
  await take(NEXT, [{ shop: 2, rrn: rrnOf(14), day: DAY, voucher: Number(missing?.rials) }], '02');
  const [after] = await listBreaks(books.pool, { now: NOW, ids: [missing?.id ?? ''] });
  expect(after).toMatchObject({ state: 'proposed', post: 'none', proposedBy: 'matching' });
  await decideResolution(books.pool, missing?.id ?? '', 'approved', 'babak', NOW);
});

test('the desk: an owner, a word, an end that another person approves, a contra posting once', async () => {
  const [unknown] = await listBreaks(books.pool, { now: NOW, class: 'ONLY_ACQUIRER' });
  const id = unknown?.id ?? '';
  await assignBreak(books.pool, id, 'sara', 'maryam');
  await commentBreak(books.pool, id, 'asked the acquirer', 'sara');
  await expect(
    proposeResolution(books.pool, id, { post: 'credit', rials: 71n, reason: 'x' }, 'sara'),
  ).rejects.toMatchObject({ code: 'break.rials' });
  await proposeResolution(books.pool, id, { post: 'credit', reason: 'the shop has the slip' }, 'sara');
  await expect(decideResolution(books.pool, id, 'approved', ' Sara', NOW)).rejects.toMatchObject({
    code: 'break.same-person',
  });
  await decideResolution(books.pool, id, 'rejected', 'babak', NOW);
  await proposeResolution(books.pool, id, { post: 'credit', rials: 60n, reason: 'the slip says 60' }, 'sara');
  await decideResolution(books.pool, id, 'approved', 'babak', NOW);
  await expect(decideResolution(books.pool, id, 'approved', 'babak', NOW)).rejects.toMatchObject({
    code: 'break.state',
  });
  const carries = await books.pool.query('select merchant_id, kind, rials, source from payable_carries');
  expect(carries.rows).toEqual([{ merchant_id: merchantId(2), kind: 'break', rials: '60', source: `break ${id}` }]);
  const postings = await books.pool.query('select debit, credit, rials from settlement_postings');
  expect(postings.rows).toEqual([{ debit: 'suspense', credit: 'payable', rials: '60' }]);
  const events = await books.pool.query('select event from break_events where break_id = $1 order by event_id', [id]);
  expect(events.rows.map((row: { event: string }) => row.event)).toEqual([
    'assigned',
    'comment',
    'proposed',
    'rejected',
    'proposed',
    'approved',
  ]);
});

test('a break that is older than the rules allow is an alarm', async () => {
  expect(await listBreaks(books.pool, { now: NOW, alarm: true })).toEqual([]);
  const later = NOW + 3 * 86_400_000;
  const old = await listBreaks(books.pool, { now: later, alarm: true });
  expect(old.length).toBeGreaterThan(0);
  expect(old.every((each) => each.state !== 'resolved' && each.ageDays === 3)).toBe(true);
});

test('a file with a fault leaves nothing behind', async () => {
  const before = await books.pool.query('select count(*) from acquirer_lines');
  const wrong = writeKbsf(books.dataDir, '2026-11-25', [told(200, 1, 5, { rrn: 'short' })]);
  await expect(
    takeAcquirerFile(books.pool, wrong.path, wrong.name, openAcquirerFile(wrong.path, wrong.name), NOW),
  ).rejects.toMatchObject({ code: 'file.refused' });
  expect((await books.pool.query('select count(*) from acquirer_lines')).rows).toEqual(before.rows);
});
