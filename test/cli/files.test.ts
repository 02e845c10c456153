import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { commandsFor } from '../../src/cli/main.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openBooks } from '../ledger/model/world.ts';
import { kalabarg } from '../support/command.ts';
import { temporaryPostgres } from '../support/postgres.ts';

/** What is tried in the place of each file that a command line takes. */
type Trial = 'missing' | 'without rights' | 'a folder' | 'a file for a folder';
const READS: readonly Trial[] = ['missing', 'without rights', 'a folder'];
/** A file that is made where it is missing; its folder is missing instead. */
const WRITES: readonly Trial[] = ['missing', 'without rights', 'a folder'];
/** Made where it is missing. */
const FOLDER: readonly Trial[] = ['a file for a folder'];
/** It must be there. */
const READ_FOLDER: readonly Trial[] = ['missing', 'without rights', 'a file for a folder'];
const MADE: readonly Trial[] = ['without rights', 'a folder'];

/** `FILE` is what is tried; `CAPTURE`, `DIALECT`, `PEM`, `RESULT`, `RUN`, `OUT` are good, `NEW` can be written. */
type Row = readonly [command: string, slot: string, trials: readonly Trial[], args: string];

const capture = (command: string, more = ''): Row[] => [
  [command, 'file', READS, `FILE ${more}`],
  [command, '--keylog', READS, `CAPTURE --keylog FILE ${more}`],
];
const output = (command: string, args: string): Row => [command, '--output', WRITES, `${args} --output FILE`];
const tls = (command: string): Row[] => [
  [command, '--tls-cert', READS, '--port 0 --tls-cert FILE --tls-key PEM'],
  [command, '--tls-key', READS, '--port 0 --tls-cert PEM --tls-key FILE'],
  [command, '--tls-ca', READS, '--port 0 --tls-cert PEM --tls-key PEM --tls-ca FILE'],
];
const device = (command: string, more = ''): Row[] => [
  ...['--key-block', '--transport-key', '--cert', '--cert-key'].map((slot): Row => {
    const all = '--key-block PEM --transport-key PEM --cert PEM --cert-key PEM'.replace(`${slot} PEM`, `${slot} FILE`);
    return [command, slot, READS, `--terminal 90000001 --merchant 900000000000001 ${all} ${more}`];
  }),
  [command, '--ca', READS, `--terminal 10000001 --ca FILE ${more}`],
  [command, '--units', READS, `--terminal 10000001 --units FILE ${more}`],
  [command, '--device', FOLDER, `--terminal 10000001 --device FILE ${more}`],
];
const SUBJECT = '--vendor x --model x --software 1';
const ROWS: readonly Row[] = [
  ['decode', '--spec', READS, '00 --spec FILE'],
  ['encode', '--spec', READS, '{} --spec FILE'],
  ...tls('simulate bank'),
  ['simulate bank', '--data', FOLDER, '--port 0 --data FILE'],
  ['simulate bank answers', '--data', FOLDER, '--data FILE'],
  ['simulate bank settlement', '--data', READS, '--data FILE'],
  ['simulate bank settlement', '--out', FOLDER, '--data BANK --out FILE'],
  ...tls('simulate hsm'),
  ['simulate hsm', '--lmk', MADE, '--port 0 --lmk FILE'],
  ...tls('simulate authority'),
  ['simulate authority', '--rules', READS, '--port 0 --rules FILE'],
  ['simulate registry', '--rules', READS, '--port 0 --rules FILE'],
  ['simulate terminal run', 'file', READS, 'FILE'],
  ...['balance', 'echo', 'panel', 'reverse'].flatMap((name) => device(`simulate terminal ${name}`)),
  ...device('simulate terminal update', '--device OUT').filter(([, slot]) => slot !== '--device'),
  ['simulate terminal update', '--device', FOLDER, '--terminal 10000001 --device FILE'],
  ...['inquiry', 'purchase'].flatMap((name) => device(`simulate terminal ${name}`, '--amount 1000')),
  ...device('simulate terminal return', '--amount 1000 --rrn 123456789012'),
  ...['balance', 'panel', 'reverse', 'inquiry', 'purchase --amount 1000', 'return --amount 1 --rrn 1'].map(
    (words): Row => {
      const [name = '', ...more] = words.split(' ');
      return [`simulate terminal ${name}`, '--card', READS, `--terminal 10000001 --card FILE ${more.join(' ')}`];
    },
  ),
  ['updates key', '--out', WRITES, '--role menu --out FILE --public NEW --passphrase-file PEM'],
  ['updates key', '--public', WRITES, '--role menu --out NEW --public FILE --passphrase-file PEM'],
  ['updates key', '--passphrase-file', READS, '--role menu --out NEW --public NEW --passphrase-file FILE'],
  ['updates online', '--public', WRITES, '--public FILE'],
  ['updates init', '--root', READS, '--root FILE --root PEM --targets PEM --line PEM --online PEM --out NEW'],
  ['updates init', '--targets', READS, '--root PEM --root PEM --targets FILE --line PEM --online PEM --out NEW'],
  ['updates init', '--line', READS, '--root PEM --root PEM --targets PEM --line FILE --online PEM --out NEW'],
  ['updates init', '--online', READS, '--root PEM --root PEM --targets PEM --line PEM --online FILE --out NEW'],
  ['updates init', '--out', WRITES, '--root PEM --root PEM --targets PEM --line PEM --online PEM --out FILE'],
  ['updates sign', '--bundle', READS, '--bundle FILE --key PEM --out NEW --yes'],
  ['updates sign', '--key', READS, '--bundle PEM --key FILE --out NEW --yes'],
  ['updates sign', '--out', WRITES, '--bundle PEM --key PEM --out FILE --yes'],
  ['updates sign', '--passphrase-file', READS, '--bundle PEM --key PEM --out NEW --yes --passphrase-file FILE'],
  ['updates rekey', '--add', READS, '--role menu --add FILE --out NEW'],
  ['updates rekey', '--out', WRITES, '--role menu --out FILE'],
  ['updates rekey', '--online', READS, '--online FILE --out NEW'],
  ['updates stage', '--file', READS, '--component menu --file FILE --fa x --en x'],
  ['updates bundle', '--out', WRITES, '--out FILE'],
  ['updates publish', '--bundle', READS, '--bundle FILE'],
  ['updates rollout propose', '--plan', READS, '1 --plan FILE'],
  ['terminals issue', '--csr', READS, '90000001 --csr FILE --by maryam'],
  ['terminals renew', '--csr', READS, '90000001 --csr FILE --by maryam'],
  ['terminals issue', '--pkcs12', WRITES, '90000001 --pkcs12 FILE --by maryam'],
  ['terminals renew', '--pkcs12', WRITES, '90000001 --pkcs12 FILE --by maryam'],
  ['terminals import', 'file', READS, 'FILE --by maryam'],
  ['certify run', '--profile', READS, `${SUBJECT} --simulated --profile FILE`],
  ['certify run', '--state', WRITES, `${SUBJECT} --simulated --state FILE`],
  ...['--key-block', '--transport-key'].map((slot): Row => {
    const both = '--key-block PEM --transport-key PEM'.replace(`${slot} PEM`, `${slot} FILE`);
    const own = '--terminal 90000001 --merchant 900000000000001';
    return ['certify run', slot, READS, `${SUBJECT} --listen 127.0.0.1:1 ${own} ${both}`];
  }),
  ['certify waive', '--state', READS, 'power.idle --responsible maryam --reason because-it-is-so --state FILE'],
  ['certify report', '--state', READS, '--sign-key PEM --out OUT --state FILE'],
  ['certify report', '--sign-key', READS, '--state RUN --out OUT --sign-key FILE'],
  ['certify report', '--out', FOLDER, '--state RUN --sign-key PEM --out FILE'],
  ['certify verify', 'file', READS, 'FILE --key PEM'],
  ['certify verify', '--key', READS, 'RUN --key FILE'],
  ['certify trust', 'file', READS, 'FILE --name x --by maryam'],
  ['certify register', 'file', READS, 'FILE --by maryam'],
  ['settle', '--profile', READS, '--maker maryam --checker babak --profile FILE'],
  ['settlement make', '--profile', READS, '--maker maryam --profile FILE'],
  ['settlement answers', 'file', READS, 'FILE'],
  ['reconcile take', 'file', READS, 'FILE'],
  ['statement', '--out', WRITES, '000000000000101 --of 1405-09 --out FILE'],
  ['credit load', 'file', READS, 'FILE'],
  ['programme apply', 'file', READS, 'FILE'],
  ['programme basket propose', 'file', READS, 'FILE --reason because --by maker'],
  ['settlement rules apply', 'file', READS, 'FILE --dry-run'],
  ['backup check', '--wal', READ_FOLDER, 'OUT --alone --wal FILE'],
  ['backup check', '--bin-dir', READ_FOLDER, 'OUT --alone --bin-dir FILE'],
  ['backup check', '--scratch', ['missing', 'a file for a folder'], 'OUT --alone --scratch FILE'],
  ['journal export', '--out', FOLDER, '2026-01-01 --out FILE'],
  ['journal verify', 'file', READS, 'FILE'],
  ...capture('capture sanitise'),
  ['capture sanitise', '--key-file', READS, 'CAPTURE --key-file FILE'],
  ['capture sanitise', '--out', WRITES, 'CAPTURE --out FILE'],
  ...capture('capture show'),
  ...capture('capture to-test', '--name x --folder OUT'),
  ['capture to-test', '--key-file', READS, 'CAPTURE --name x --folder OUT --key-file FILE'],
  ['capture to-test', '--folder', FOLDER, 'CAPTURE --name x --folder FILE'],
  ...capture('replay', '--plain --to 127.0.0.1:1'),
  ['replay', '--golden', MADE, 'CAPTURE --plain --to 127.0.0.1:1 --golden FILE'],
  ['replay', '--junit', WRITES, 'CAPTURE --plain --to 127.0.0.1:1 --junit FILE'],
  ['replay', '--what-if', READS, 'CAPTURE --what-if FILE'],
  ['replay', '--data', READS, 'CAPTURE --to 127.0.0.1:1 --data FILE'],
  ['load', '--json', WRITES, '--json FILE'],
  ['load', '--html', WRITES, '--html FILE'],
  ['load', '--compare', READS, '--compare FILE'],
  ['load compare', 'before', READS, 'FILE RESULT'],
  ['load compare', 'after', READS, 'RESULT FILE'],
  ['doctor frames', 'file', READS, 'FILE'],
  ['doctor frames', '--spec', READS, 'CAPTURE --spec FILE'],
  ...capture('doctor answers'),
  ...capture('doctor drift', '--spec kalabarg-pos'),
  ['doctor drift', '--spec', READS, 'CAPTURE --spec FILE'],
  ...capture('spec drift', '--spec kalabarg-pos'),
  ['spec drift', '--spec', READS, 'CAPTURE --spec FILE'],
  ['spec check', 'file|name', READS, 'FILE'],
  ['spec diff', 'old', READS, 'FILE kalabarg-pos'],
  ['spec diff', 'new', READS, 'kalabarg-pos FILE'],
  ['spec doc', 'name|file', READS, 'FILE'],
  output('spec doc', 'kalabarg-pos'),
  ['profile check', 'file|name', READS, 'FILE'],
  ['profile doc', 'file|name', READS, 'FILE'],
  output('profile doc', 'native'),
  ['spec source', 'name|file', READS, 'FILE'],
  output('spec source', 'kalabarg-pos'),
  ['spec import jpos', 'file', READS, 'FILE'],
  output('spec import jpos', 'JPOS'),
  ['spec import moov', 'file', READS, 'FILE'],
  output('spec import moov', 'MOOV'),
  ['spec export jpos', 'name|file', READS, 'FILE'],
  output('spec export jpos', 'kalabarg-pos'),
  ['spec export wireshark', 'name|file', READS, 'FILE'],
  output('spec export wireshark', 'kalabarg-pos'),
];

/** Every argument and option of the tree that takes a file or folder: `capture show --keylog`. */
function slots(command: Command, path = ''): string[] {
  const own = [
    ...command.registeredArguments
      .map((each) => each.name())
      .filter((name) => /file|^old$|^new$|^before$|^after$/.test(name)),
    ...command.options
      .filter(
        ({ flags, description }) =>
          /<.*(?:(?<!pro)file|folder).*>/.test(flags) ||
          (flags.startsWith('--profile') && /\bfile\b/.test(description)),
      )
      .map(({ long }) => long ?? ''),
  ];
  const below = command.commands.flatMap((each) => slots(each, `${path} ${each.name()}`.trim()));
  return [...own.map((slot) => `${path} ${slot}`), ...below];
}

test('every place for a file in the tree of commands is tried', async () => {
  const tried = new Set(ROWS.map(([command, slot]) => `${command} ${slot}`));
  expect([...tried].sort()).toEqual([...new Set(slots(await commandsFor()))].sort());
});

/** As root nothing is without rights: for those rows the process is nobody for a while. */
const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;

let server: EmbeddedPostgres;
let folder: string;
const environment = { ...process.env };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-files-'));
  chmodSync(folder, 0o755);
  server = await temporaryPostgres();
  const pool = new pg.Pool({ connectionString: server.url, max: 1 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  await openBooks(pool, { pinCheck: 'none', minCardRials: 0n, maxPurchaseRials: null, maxDayRials: null, maxDayPurchases: null, maxPeriodRials: null }); // prettier-ignore
  await pool.query("insert into business_days values ('2026-01-01')");
  await pool.end();
  process.env['DATABASE_URL'] = server.url;
  process.env['KALABARG_DATA'] = folder;
  goodFiles();
});

afterAll(async () => {
  process.env = environment;
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function goodFiles(): void {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  copyFileSync(join(root, 'test/captures/purchase-cash-voucher-covers-all.jsonl'), join(folder, 'CAPTURE'));
  for (const name of ['OUT', 'BANK']) mkdirSync(join(folder, name));
  chmodSync(join(folder, 'OUT'), 0o777);
  writeFileSync(join(folder, 'BANK', 'journal.jsonl'), '');
  writeFileSync(join(folder, 'PEM'), 'not read to its end\n');
  writeFileSync(join(folder, 'RUN'), '{"format":1,"run":"x","results":{}}');
  writeFileSync(join(folder, 'RESULT'), JSON.stringify({ title: 'a run', seconds: [], histogram: encodeIntoCompressedBase64(build()) })); // prettier-ignore
  writeFileSync(join(folder, 'JPOS'), '<isopackager><isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFA_NUMERIC"/><isofield id="1" length="16" name="BITMAP" class="org.jpos.iso.IFA_BITMAP"/><isofield id="2" length="19" name="PAN" class="org.jpos.iso.IFA_LLNUM"/></isopackager>'); // prettier-ignore
  writeFileSync(join(folder, 'MOOV'), JSON.stringify({ name: 'm', fields: { 0: { type: 'String', length: 4, description: 'MTI', enc: 'ASCII', prefix: 'ASCII.Fixed' }, 1: { type: 'Bitmap', description: 'Bitmap', enc: 'Binary', prefix: 'Hex.Fixed' } } })); // prettier-ignore
}

let serial = 0;

/** The path of what is tried; it has the ending that a bank profile or statement must have. */
function tried(command: string, slot: string, trials: readonly Trial[], trial: Trial): string {
  const ending = slot === '--profile' ? '.json' : command === 'statement' ? '.csv' : '';
  const name = join(folder, `tried-${serial++}`);
  const path = `${name}${ending}`;
  if (trial === 'missing') return trials === WRITES ? join(name, `file${ending}`) : path;
  if (trial === 'a folder') mkdirSync(path);
  else writeFileSync(path, 'x');
  if (trial === 'without rights') chmodSync(path, 0);
  return path;
}

async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (!isRoot) return work();
  if (existsSync(join(folder, 'secrets'))) execFileSync('chown', ['-R', String(NOBODY), join(folder, 'secrets')]); // what is tried is the file
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

const cases = ROWS.flatMap(([command, slot, trials, args]) =>
  trials.map((trial) => [command, slot, trial, trials, args] as const),
);

test.each(cases)('%s %s: %s', async (command, slot, trial, trials, args) => {
  const file = tried(command, slot, trials, trial);
  const words = args
    .trim()
    .replace(/\b(CAPTURE|OUT|BANK|PEM|JPOS|MOOV|RESULT|RUN)\b/g, (name) => join(folder, name))
    .replaceAll('NEW', () => join(folder, 'OUT', `new-${serial++}`));
  const run = () => kalabarg(...command.split(' '), ...words.replace('FILE', file).split(' '));
  const { out, errors, status } = trial === 'without rights' ? await asNobody(run) : await run();
  const said = `${errors}\n${out}`;
  expect(said).toContain(file);
  expect(said).toMatch(
    /there is no such|may not (?:use|read) it|it is a folder|exists already|is a file, not a folder/,
  );
  expect(said).not.toMatch(/\bE[A-Z]{4,}\b|\n\s+at |TypeError|a fault of this program/);
  expect(command === 'backup check' ? [2, 3] : [1]).toContain(status); // there 1 is what it found in a backup
});
