import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeInbox, type InboxContext } from '../../../src/settlement/transfer/inbox.ts';
import { testSheba } from '../support/books.ts';
import { openLedgerBooks, rrnOf, writeKbsf, type LedgerBooks } from '../support/ledger-books.ts';

const DAY = '2026-11-23';
let books: LedgerBooks;
let inbox: InboxContext;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(DAY);
  await books.addShop(1, testSheba(1));
  await books.add([{ id: 1, kind: 'purchase', day: DAY, shop: 1, voucher: 100 }]);
  const folder = join(books.dataDir, 'inbox');
  mkdirSync(folder);
  inbox = { pool: books.pool, folder, acquirerCsv: [], clock: books.context.clock, log: books.context.log };
});
afterAll(async () => {
  await books.close();
});

function age(name: string): void {
  const old = Date.now() / 1000 - 60;
  utimesSync(join(inbox.folder, name), old, old);
}

test('good files are taken and bad ones refused with their faults; neither stops the other', async () => {
  writeFileSync(join(inbox.folder, 'KBSF_AAA_20261123_01_001.txt'), 'H|nothing\n');
  writeFileSync(join(inbox.folder, 'answers.csv'), 'end_to_end_id,status,reason\n99,ACSC,\n');
  writeFileSync(join(inbox.folder, 'notes.doc'), 'hello');
  const { name } = writeKbsf(inbox.folder, DAY, [{ shop: 1, rrn: rrnOf(1), day: DAY, voucher: 100 }]);
  for (const each of readdirSync(inbox.folder)) age(each);
  writeFileSync(join(inbox.folder, 'KBSF_SDD_20261124_01_001.txt'), 'H|'); // still being written
  writeFileSync(join(inbox.folder, '.hidden'), '');

  const outcomes = await takeInbox(inbox);
  expect(outcomes.map((each) => [each.name, each.outcome])).toEqual([
    ['KBSF_AAA_20261123_01_001.txt', 'refused'],
    [name, 'taken'],
    ['answers.csv', 'refused'],
    ['notes.doc', 'refused'],
  ]);
  expect(outcomes[1]?.message).toBe('1 lines, 1 matched');
  expect(readdirSync(inbox.folder).sort()).toEqual(['.hidden', 'KBSF_SDD_20261124_01_001.txt', 'refused', 'taken']);
  const reason = readFileSync(join(inbox.folder, 'refused', 'KBSF_AAA_20261123_01_001.txt.reason.txt'), 'utf8');
  expect(reason).toContain('KBSF_AAA_20261123_01_001.txt:1:1:');
});
