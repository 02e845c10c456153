import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog, type Logging } from '../../src/ops/log.ts';
import { Repeats } from '../../src/ops/repeats.ts';

let folder: string;
let file: string;
const opened: Logging[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-log-'));
  file = join(folder, 'gateway.log');
});
afterEach(() => {
  for (const logging of opened.splice(0)) logging.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(path = file, maxBytes = 1_000_000, keep = 3): Logging {
  const logging = openLog('info', { file: path, maxBytes, keep });
  opened.push(logging);
  return logging;
}

interface Line {
  readonly msg: string;
  readonly dropped?: number;
  readonly why?: string;
  readonly repeated?: number;
}

const lines = (path = file): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

async function until(seen: () => boolean): Promise<void> {
  for (let left = 1_000; !seen(); left--) {
    if (left === 0) throw new Error('it never happened');
    await new Promise((done) => setTimeout(done, 10));
  }
}

test('a full disk costs lines, which are counted, and nothing else', async () => {
  const logging = open('/dev/full');
  for (let n = 0; n < 1_000; n++) logging.log.info({ n }, 'answered');
  await until(() => logging.counts().dropped === 1_000);
  for (let n = 0; n < 10; n++) logging.log.info({ n }, 'answered');
  logging.close();
  expect(logging.counts().dropped).toBe(1_010);
  expect(statSync('/dev/full').mode & 0o777).toBe(0o666);
});

test('once there is room again, the log says how many lines were lost, and why', async () => {
  const link = join(folder, 'link');
  symlinkSync('/dev/full', link);
  const logging = open(link);
  logging.log.info({}, 'lost');
  await until(() => logging.counts().dropped === 1);
  rmSync(link);
  logging.reopen();
  logging.log.info({}, 'kept');
  await until(() => existsSync(link) && lines(link).some(({ msg }) => msg === 'kept'));
  expect(lines(link)).toMatchObject([{ msg: 'log lines were lost', dropped: 1, why: 'ENOSPC' }, { msg: 'kept' }]);
});

test('the file is its owner’s only, also one that was readable by all', () => {
  writeFileSync(file, '');
  chmodSync(file, 0o644);
  open();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a long file is moved away, and no more of them stay than are to be kept', async () => {
  const logging = open(file, 65_536, 2);
  for (let round = 0; round < 8; round++) {
    for (let n = 0; n < 500; n++) logging.log.info({ round, n, padding: 'x'.repeat(100) }, 'answered');
    await new Promise((done) => setTimeout(done, 30));
  }
  await until(() => existsSync(`${file}.2`));
  logging.close();
  expect(readdirSync(folder).sort()).toEqual(['gateway.log', 'gateway.log.1', 'gateway.log.2']);
  expect(() => [file, `${file}.1`, `${file}.2`].flatMap((each) => lines(each))).not.toThrow();
  expect(logging.counts().dropped).toBe(0);
});

test('a file that was moved away is opened again by its name', () => {
  const logging = open();
  logging.log.info({}, 'before');
  renameSync(file, `${file}.old`);
  logging.reopen();
  logging.log.info({}, 'after');
  logging.close();
  expect([lines(`${file}.old`), lines()]).toMatchObject([[{ msg: 'before' }], [{ msg: 'after' }]]);
});

test('a folder in place of the file is refused with a sentence', () => {
  expect(() => open(folder)).toThrow(`The log file ${folder} cannot be opened`);
});

test('200,000 bad frames of one terminal write a few lines, with how many they were', () => {
  const logging = open();
  for (let n = 0; n < 200_000; n++) logging.log.warn({ terminal: '10000001', offset: n }, 'frame refused');
  logging.log.warn({ terminal: '10000002' }, 'frame refused');
  logging.close();
  const all = lines();
  expect(all).toHaveLength(7);
  expect(all.at(-1)).toMatchObject({ terminal: '10000001', offset: 199_999, repeated: 199_995 });
  expect(all.filter((line) => 'terminal' in line && line.terminal === '10000002')).toHaveLength(1);
  expect(logging.counts().repeated).toBe(199_995);
});

test('what goes on is said after ten seconds and then every minute; what ended begins anew', () => {
  let now = 0;
  const said: unknown[] = [];
  const repeats = new Repeats(() => now);
  const once = (about = {}): boolean => repeats.admits('the database is away', about, (line) => said.push(line));
  expect(Array.from({ length: 8 }, () => once())).toEqual([true, true, true, true, true, false, false, false]);
  now = 9_999;
  repeats.say();
  expect(said).toEqual([]);
  now = 10_000;
  repeats.say();
  expect(said).toEqual([{ repeated: 3 }]);
  expect(once({ error: 'still' })).toBe(false);
  now = 60_000;
  repeats.say();
  expect(said).toHaveLength(1);
  now = 70_000;
  repeats.say();
  expect(said.at(-1)).toEqual({ error: 'still', repeated: 1 });
  now = 130_000;
  repeats.say();
  expect(once()).toBe(true);
});

test('alarms are always written, and many terminals at once are counted together', () => {
  const repeats = new Repeats(() => 0);
  const admitted = (message: string, about: object): boolean => repeats.admits(message, { ...about }, () => undefined);
  expect(Array.from({ length: 100 }, () => admitted('ALARM: in doubt', {})).every(Boolean)).toBe(true);
  const terminals = Array.from({ length: 10_000 }, (_, n) => admitted('request failed', { terminal: String(n) }));
  expect(terminals.filter(Boolean)).toHaveLength(50);
  expect(repeats.counted).toBe(9_950);
});
