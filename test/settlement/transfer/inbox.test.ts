import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
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

test('a file with the longest of names, and a companion that cannot be read, stop nobody', async () => {
  const long = `${'a'.repeat(251)}.csv`;
  writeFileSync(join(inbox.folder, long), 'end_to_end_id,status,reason\n99,ACSC,\n');
  const persian = `a${'پ'.repeat(125)}.csv`;
  writeFileSync(join(inbox.folder, persian), 'x');
  const bad = join(inbox.folder, 'a.csv.sha256');
  symlinkSync('a.csv.sha256', join(inbox.folder, 'a.csv.sha256')); // of itself: a loop, and no file
  mkdirSync(join(inbox.folder, 'b.csv'));
  writeFileSync(join(inbox.folder, 'z.csv'), 'x');
  for (const name of [long, persian, 'z.csv']) age(name);
  expect((await takeInbox(inbox)).map((each) => [each.name, each.outcome])).toEqual([
    [long, 'refused'],
    [persian, 'refused'],
    ['z.csv', 'refused'],
  ]);
  expect(readdirSync(inbox.folder)).not.toContain(long);
  rmSync(bad);
});

test('a file is held against the hash beside it, which goes where the file goes', async () => {
  const first = writeKbsf(inbox.folder, '2026-11-25', [{ shop: 1, rrn: rrnOf(2), day: DAY, voucher: 7 }]);
  const second = writeKbsf(inbox.folder, '2026-11-26', [{ shop: 1, rrn: rrnOf(3), day: DAY, voucher: 7 }]);
  const third = writeKbsf(inbox.folder, '2026-11-27', [{ shop: 1, rrn: rrnOf(4), day: DAY, voucher: 7 }]);
  const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  const thirdHash = hash(third.path);
  writeFileSync(`${first.path}.sha256`, `${hash(first.path)}  ${first.name}\n`);
  writeFileSync(`${second.path}.sha256`, `${hash(first.path)}  ${second.name}\n`);
  writeFileSync(join(inbox.folder, 'early.ipm.sha256'), `${'0'.repeat(64)}  early.ipm\n`);
  for (const each of [first, second, third]) age(each.name);

  const outcomes = await takeInbox(inbox);
  const of = (name: string): unknown => outcomes.find((each) => each.name === name);
  expect(of(first.name)).toMatchObject({ outcome: 'taken' });
  expect(of(second.name)).toMatchObject({
    outcome: 'refused',
    message: expect.stringContaining('its SHA-256 is') as unknown,
  });
  expect(of(third.name)).toMatchObject({ outcome: 'taken' });
  writeFileSync(`${third.path}.sha256`, `${thirdHash}  ${third.name}\n`);
  await takeInbox(inbox);

  const put = (folder: string): string[] =>
    readdirSync(join(inbox.folder, folder))
      .filter((name) => name.endsWith('.sha256'))
      .map((name) => name.replace(/^\d+-/, ''));
  expect(put('taken').sort()).toEqual([`${first.name}.sha256`, `${third.name}.sha256`]);
  expect(put('refused')).toEqual([`${second.name}.sha256`]);
  expect(readdirSync(inbox.folder)).toContain('early.ipm.sha256'); // its file may still come
});
