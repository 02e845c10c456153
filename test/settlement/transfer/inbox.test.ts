import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/ops/clock.ts';
import { GatewayError } from '../../../src/ops/errors.ts';
import { takeInbox, type InboxContext } from '../../../src/settlement/transfer/inbox.ts';
import { countQuarantined, failuresOf, keepFailures } from '../../../src/settlement/transfer/quarantine.ts';
import { takeFile } from '../../../src/settlement/transfer/take-file.ts';
import type { Taker } from '../../../src/settlement/transfer/take-process.ts';
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
  const { pool } = books;
  const take: Taker = (path, name) =>
    takeFile({ pool, acquirerCsv: [], largestMb: { xml: 1, ipm: 1, kbsf: 1, csv: 1 }, now: Date.now() }, path, name);
  inbox = { pool, folder, take, clock: systemClock, log: books.context.log };
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
  symlinkSync('a.csv.sha256', join(inbox.folder, 'a.csv.sha256')); // of itself: a loop, and no file
  mkdirSync(join(inbox.folder, 'b.csv'));
  writeFileSync(join(inbox.folder, 'z.csv'), 'x');
  for (const name of [long, persian, 'z.csv']) age(name);
  expect((await takeInbox(inbox)).map((each) => [each.name, each.outcome])).toEqual([
    ['a.csv.sha256', 'refused'],
    [long, 'refused'],
    [persian, 'refused'],
    ['z.csv', 'refused'],
  ]);
  expect(readdirSync(inbox.folder)).not.toContain(long);
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
  expect(put('refused')).toContain(`${second.name}.sha256`);
  expect(readdirSync(inbox.folder)).toContain('early.ipm.sha256'); // its file may still come
});

/** What lies in a folder below the inbox, without the time before its name. */
function lying(where: string): string[] {
  const path = join(inbox.folder, where);
  return existsSync(path) ? readdirSync(path).map((name) => name.replace(/^\d+-/, '')) : [];
}

test('a FIFO, a socket and a link are refused and never opened, and so is a file whose checksum is one', async () => {
  const { name } = writeKbsf(inbox.folder, '2026-11-28', [{ shop: 1, rrn: rrnOf(5), day: DAY, voucher: 7 }]);
  age(name);
  execFileSync('mkfifo', [join(inbox.folder, `${name}.sha256`), join(inbox.folder, 'pipe.csv')]);
  symlinkSync('/etc/passwd', join(inbox.folder, 'link.csv'));
  symlinkSync('/dev/zero', join(inbox.folder, 'zero.csv.sha256'));
  const server = createServer().listen(join(inbox.folder, 'socket.csv'));
  await once(server, 'listening');
  const outcomes = await takeInbox(inbox);
  server.close();
  expect(Object.fromEntries(outcomes.map((each) => [each.name, each.message.replace(/^.*? is /, '')]))).toEqual({
    [name]: 'not a regular file: the file it belongs to is refused.',
    'link.csv': 'a symbolic link: only regular files are taken.',
    'pipe.csv': 'a FIFO: only regular files are taken.',
    'socket.csv': 'a socket: only regular files are taken.',
    'zero.csv.sha256': 'a symbolic link: only regular files are taken.',
  });
  expect(lying('refused')).toEqual(expect.arrayContaining([name, `${name}.sha256`, 'pipe.csv', 'link.csv']));
});

test('a file that is too large for its kind is refused, naming the setting', async () => {
  writeFileSync(join(inbox.folder, 'big.xml'), `<Document>${' '.repeat(1_000_000)}</Document>`);
  writeFileSync(join(inbox.folder, 'big.csv'), 'x'.repeat(1_000_001));
  for (const name of ['big.xml', 'big.csv']) age(name);
  const outcomes = await takeInbox(inbox);
  expect(outcomes.map((each) => each.message)).toEqual([
    expect.stringContaining('raise inbox.largestMb.csv in settlement.json'),
    expect.stringContaining('raise inbox.largestMb.xml in settlement.json'),
  ]);
});

test('a file whose reading fails twice goes to quarantine, once with the gateway, and stops nobody', async () => {
  const died: Taker = (path, name) =>
    name.startsWith('bad')
      ? Promise.reject(new GatewayError('take.died', `${name}: it ended`))
      : inbox.take(path, name);
  for (const name of ['bad.xml', 'bad2.xml', 'other.csv']) {
    writeFileSync(join(inbox.folder, name), 'x');
    age(name);
  }
  const look = async (take: Taker): Promise<unknown> =>
    (await takeInbox({ ...inbox, take })).map((each) => [each.name, each.outcome]);
  expect(await look(died)).toEqual([['other.csv', 'refused']]);
  // Another file of that name begins anew.
  writeFileSync(join(inbox.folder, 'bad2.xml'), 'yy');
  age('bad2.xml');
  expect(await look(died)).toEqual([['bad.xml', 'quarantined']]);
  // The gateway ends with it: the next one sees that it was tried.
  void takeInbox({ ...inbox, take: () => new Promise(() => undefined) });
  await untilCounted('bad2.xml', 2);
  expect(await look(died)).toEqual([['bad2.xml', 'quarantined']]);
  expect(lying('quarantine').sort()).toEqual(['bad.xml', 'bad.xml.reason.txt', 'bad2.xml', 'bad2.xml.reason.txt']);
  expect(await countQuarantined(inbox.folder)).toBe(2);
  expect(readdirSync(inbox.folder).filter((name) => name.startsWith('.failed'))).toEqual([]);
});

test('a count that a power cut left empty begins anew', async () => {
  writeFileSync(join(inbox.folder, 'cut.csv'), 'x');
  age('cut.csv');
  await keepFailures(inbox.folder, 'cut.csv', 2);
  const [count = ''] = readdirSync(inbox.folder).filter((name) => name.startsWith('.failed'));
  writeFileSync(join(inbox.folder, count), '');
  expect((await takeInbox(inbox)).map((each) => each.outcome)).toEqual(['refused']);
  expect(readdirSync(inbox.folder)).not.toContain(count);
});

async function untilCounted(name: string, count: number): Promise<void> {
  while ((await failuresOf(inbox.folder, name)) < count) await sleep(5);
}

test('a database that is away is not counted against a file', async () => {
  writeFileSync(join(inbox.folder, 'later.csv'), 'x');
  age('later.csv');
  for (let look = 0; look < 3; look++) {
    await takeInbox({ ...inbox, take: () => Promise.reject(new Error('the database is away')) });
  }
  expect(readdirSync(inbox.folder)).toContain('later.csv');
  expect((await takeInbox(inbox)).map((each) => each.outcome)).toEqual(['refused']);
});
