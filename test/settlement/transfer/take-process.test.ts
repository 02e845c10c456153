import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../src/ops/clock.ts';
import { takeInbox, type InboxOutcome } from '../../../src/settlement/transfer/inbox.ts';
import { takeInProcess, type TakeProcessOptions } from '../../../src/settlement/transfer/take-process.ts';
import { testSheba } from '../support/books.ts';
import { openLedgerBooks, rrnOf, writeKbsf, type LedgerBooks } from '../support/ledger-books.ts';

const DAY = '2026-11-23';
const PROGRAM = new URL('../../../dist/settlement/transfer/take-child.js', import.meta.url);

let books: LedgerBooks;
let folder: string;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(DAY);
  await books.addShop(1, testSheba(1));
  await books.add([{ id: 1, kind: 'purchase', day: DAY, shop: 1, voucher: 100 }]);
  folder = join(books.dataDir, 'inbox');
  mkdirSync(folder);
});
afterAll(async () => {
  await books.close();
});

const LIMITS = { memoryMb: 64, minutes: 5, largestMb: { xml: 20, ipm: 20, kbsf: 20, csv: 20 } };

function look(changes: Partial<TakeProcessOptions> = {}): Promise<InboxOutcome[]> {
  const { pool, context, databaseUrl } = books;
  const { log } = context;
  const signal = changes.signal ?? new AbortController().signal;
  const standard = { databaseUrl, acquirerCsv: [], inbox: LIMITS, clock: systemClock, log, signal, program: PROGRAM };
  const old = Date.parse(`${DAY}T00:00:00Z`) / 1_000; // always the same: it is the same file
  for (const name of readdirSync(folder)) if (/\.(txt|xml|csv)$/.test(name)) utimesSync(join(folder, name), old, old);
  return takeInbox({ pool, folder, clock: systemClock, log, signal, take: takeInProcess({ ...standard, ...changes }) });
}

/** A program in the place of the one that reads. */
function program(text: string): URL {
  const path = join(books.dataDir, `program-${String(Math.random()).slice(2)}.mjs`);
  writeFileSync(path, text);
  return pathToFileURL(path);
}

test('files are taken and refused in a process of their own, with their words', async () => {
  const { name } = writeKbsf(folder, DAY, [{ shop: 1, rrn: rrnOf(1), day: DAY, voucher: 100 }]);
  writeFileSync(join(folder, 'answers.csv'), 'end_to_end_id,status,reason\n99,ACSC,\n');
  expect(await look()).toEqual([
    { name, outcome: 'taken', message: '1 lines, 1 matched' },
    { name: 'answers.csv', outcome: 'refused', message: expect.stringContaining('no order has the id 99') as unknown },
  ]);
});

test('a statement of 60,000 details in one entry is read in a heap of 64 MiB', async () => {
  const file = createWriteStream(join(folder, 'many.xml'));
  const account = '<Acct><Id><IBAN>IR380170000000100000000001</IBAN></Id></Acct>';
  file.write(
    `<Document><BkToCstmrStmt><GrpHdr/><Stmt><Id>M</Id>${account}<Ntry><Amt Ccy="IRR">1</Amt><CdtDbtInd>DBIT</CdtDbtInd><NtryDtls>`,
  );
  for (let part = 0; part < 6; part++) file.write('<TxDtls/>'.repeat(10_000));
  file.end('</NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>');
  await once(file, 'close');
  const [outcome] = await look();
  expect(outcome).toMatchObject({ outcome: 'taken', message: 'camt.053: 0 paid, 0 returned, 1 left over' });
});

test('what takes all memory ends its own process, twice, and is in quarantine', async () => {
  writeFileSync(join(folder, 'eats.csv'), 'x');
  const eats = program(
    `process.on('message', () => { const kept = []; for (;;) kept.push(new Array(10_000).fill(Math.random())); });`,
  );
  expect(await look({ program: eats })).toEqual([]);
  const [outcome] = await look({ program: eats });
  expect(outcome).toMatchObject({ name: 'eats.csv', outcome: 'quarantined' });
  expect(outcome?.message).toContain('needs more memory than 64 MiB (settlement.json: inbox.memoryMb)');
});

test('what does not end is ended: after its time, or with the gateway', async () => {
  writeFileSync(join(folder, 'endless.csv'), 'x');
  const endless = program(`process.on('message', () => { for (;;); });`);
  const stop = new AbortController();
  const looking = look({ program: endless, signal: stop.signal });
  setTimeout(() => {
    stop.abort();
  }, 300);
  expect(await looking).toEqual([]);
  expect(readdirSync(folder).filter((name) => !/^(taken|refused|quarantine)$/.test(name))).toEqual(['endless.csv']);
  const brief = { program: endless, inbox: { ...LIMITS, minutes: 0.005 } };
  expect(await look(brief)).toEqual([]);
  expect(await look(brief)).toMatchObject([{ name: 'endless.csv', outcome: 'quarantined' }]);
});

test('a database that is away keeps the file where it is', async () => {
  writeFileSync(join(folder, 'later.csv'), 'end_to_end_id,status,reason\n99,ACSC,\n');
  for (let looks = 0; looks < 3; looks++) {
    expect(await look({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none' })).toEqual([]);
  }
  expect(await look()).toMatchObject([{ name: 'later.csv', outcome: 'refused' }]);
});
