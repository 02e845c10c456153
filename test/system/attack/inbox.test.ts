import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SimulatedTerminal } from '../../../src/simulators/terminal/index.ts';
import { honestPurchase, logLines, metric, until } from '../../support/attacker.ts';
import { startSystem, type System } from '../../support/system.ts';

/** What lies in the inbox harms nobody who buys. */
let system: System;
let honest: SimulatedTerminal;
let inbox: string;

beforeAll(async () => {
  system = await startSystem();
  honest = await system.terminal('10000001');
  inbox = join(system.data, 'inbox');
  mkdirSync(inbox, { recursive: true });
});
afterAll(async () => {
  await system.stop();
});

const ACCOUNT = '<Acct><Id><IBAN>IR380170000000100000000001</IBAN></Id></Acct>';
const STATEMENT = `<Document><BkToCstmrStmt><GrpHdr/><Stmt><Id>M</Id>${ACCOUNT}<Ntry><Amt Ccy="IRR">1</Amt><CdtDbtInd>DBIT</CdtDbtInd><NtryDtls>`;

/** Puts a file there as a whole, long ago. */
function put(name: string, content: string, bytes?: number): void {
  const hidden = join(inbox, `.${name}`);
  writeFileSync(hidden, content);
  if (bytes !== undefined) truncateSync(hidden, bytes);
  utimesSync(hidden, 1_764_000_000, 1_764_000_000);
  renameSync(hidden, join(inbox, name));
}

const files = (folder = ''): string[] => {
  const path = join(inbox, folder);
  return existsSync(path)
    ? readdirSync(path)
        .filter((name) => name.includes('.') && !name.startsWith('.'))
        .map((name) => name.replace(/^\d+-/, '')) // when it came there
    : [];
};
const reasonOf = (folder: string, name: string): string =>
  readFileSync(join(inbox, folder, `${name}.reason.txt`), 'utf8');

/** The processes that read files for this gateway. */
function readers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
        return (
          Number(parent) === system.process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('take-child')
        );
      } catch {
        return false; // it is gone
      }
    })
    .map(Number);
}

/** An honest terminal buys until `done`. @returns what it was told */
async function buyUntil(done: () => boolean): Promise<string[]> {
  const told: string[] = [];
  do told.push((await honestPurchase(honest)).rc);
  while (!done());
  return told;
}

test('purchases go on while the inbox holds what is too large, too deep, or no file; each goes away with its reason', async () => {
  const before = await metric(system, 'process_resident_memory_bytes');
  const level = 50_000;
  execFileSync('mkfifo', [join(inbox, 'pipe.xml'), join(inbox, 'sums.csv.sha256')]);
  put('sums.csv', 'end_to_end_id,status,reason\n99,ACSC,\n');
  put('huge.xml', STATEMENT, 200_000_000);
  put('deep.xml', `<Document><BkToCstmrStmt>${'<a>'.repeat(level)}${'</a>'.repeat(level)}</BkToCstmrStmt></Document>`);
  put('deep.json', `${'['.repeat(level)}${']'.repeat(level)}`);
  const told = await buyUntil(() => files().length === 0);
  expect(new Set(told)).toEqual(new Set(['00']));
  expect(
    files('refused')
      .filter((name) => !name.endsWith('.reason.txt'))
      .sort(),
  ).toEqual(['deep.json', 'deep.xml', 'huge.xml', 'pipe.xml', 'sums.csv', 'sums.csv.sha256']);
  expect(reasonOf('refused', 'huge.xml')).toContain('it has 200 MB');
  expect(reasonOf('refused', 'pipe.xml')).toContain('is a FIFO');
  expect((await metric(system, 'process_resident_memory_bytes')) - before).toBeLessThan(100 * 1_048_576);
});

test('a file whose reading ends twice is in quarantine, with an alarm, and purchases go on', async () => {
  put('killed.xml', `${STATEMENT}${'<TxDtls/>'.repeat(300_000)}</NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>`);
  const killed = new Set<number>();
  const told = await buyUntil(() => {
    for (const pid of readers()) {
      // as a kernel that is out of memory does
      if (killNow(pid)) killed.add(pid);
    }
    return files('quarantine').includes('killed.xml');
  });
  expect(killed.size).toBe(2);
  expect(new Set(told)).toEqual(new Set(['00']));
  expect(await metric(system, 'kalabarg_inbox_quarantined')).toBe(1);
  await until(() =>
    logLines(system).some(({ msg }) => String(msg).startsWith('ALARM a file of the inbox is in quarantine')),
  );
});

/** @returns false: it had ended by itself meanwhile */
function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
