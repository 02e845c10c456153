import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchFiles, putFile } from '../../../src/settlement/transfer/sftp.ts';
import { startSshd, type SshServer } from '../support/sshd.ts';

let server: SshServer;
const folder = mkdtempSync(join(tmpdir(), 'kalabarg-sftp-'));
beforeAll(async () => {
  server = await startSshd();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const FIRST_TRY = { mayHaveLeft: false, leaving: () => Promise.resolve() };

function given(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('a file arrives whole under its name, with nothing left beside it, and a receipt', async () => {
  const content = Buffer.alloc(1_000_000, 'kalabarg');
  const receipt = await putFile(server.place, given('a.ccti', content), 'a.ccti', FIRST_TRY);
  expect(readdirSync(server.place.folder)).toEqual(['a.ccti']);
  expect(readFileSync(join(server.place.folder, 'a.ccti')).equals(content)).toBe(true);
  expect(receipt).toMatchObject({
    path: `${server.place.folder}/a.ccti`,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
  });
});

test('the same file again is the same delivery; other bytes under its name are refused', async () => {
  await putFile(server.place, given('b.ccti', 'one'), 'b.ccti', FIRST_TRY);
  await putFile(server.place, given('b.ccti', 'one'), 'b.ccti', FIRST_TRY);
  await expect(putFile(server.place, given('b.ccti', 'two'), 'b.ccti', FIRST_TRY)).rejects.toMatchObject({
    code: 'sftp.conflict',
  });
  expect(readFileSync(join(server.place.folder, 'b.ccti'), 'utf8')).toBe('one');
});

test('what an earlier try left half written is written anew', async () => {
  writeFileSync(join(server.place.folder, '.c.ccti.part'), 'half of something longer than it');
  await putFile(server.place, given('c.ccti', 'whole'), 'c.ccti', FIRST_TRY);
  expect(readFileSync(join(server.place.folder, 'c.ccti'), 'utf8')).toBe('whole');
});

test('a server with another key is not talked to', async () => {
  const other = { ...server.place, hostKey: `SHA256:${'A'.repeat(43)}` };
  await expect(putFile(other, given('d.ccti', 'x'), 'd.ccti', FIRST_TRY)).rejects.toMatchObject({
    code: 'sftp.failed',
  });
});

test('a file that waits here under the same name is not written over', async () => {
  for (const name of readdirSync(server.place.folder)) rmSync(join(server.place.folder, name));
  writeFileSync(join(server.place.folder, 'answers.csv'), 'of the second bank');
  const inbox = mkdtempSync(join(folder, 'inbox-'));
  writeFileSync(join(inbox, 'answers.csv'), 'of the first');
  expect(await fetchFiles(server.place, inbox)).toEqual([]);
  expect(readFileSync(join(inbox, 'answers.csv'), 'utf8')).toBe('of the first');
  rmSync(join(inbox, 'answers.csv'));
  expect(await fetchFiles(server.place, inbox)).toEqual(['answers.csv']);
  expect(readFileSync(join(inbox, 'answers.csv'), 'utf8')).toBe('of the second bank');
});

test('what lies there is fetched whole and taken away there; unfinished names stay', async () => {
  for (const name of readdirSync(server.place.folder)) rmSync(join(server.place.folder, name));
  writeFileSync(join(server.place.folder, 'KBSF_SDD_20261123_01_001.txt'), 'T|');
  writeFileSync(join(server.place.folder, '.unfinished'), 'x');
  const inbox = mkdtempSync(join(folder, 'inbox-'));
  expect(await fetchFiles(server.place, inbox)).toEqual(['KBSF_SDD_20261123_01_001.txt']);
  expect(readdirSync(inbox)).toEqual(['KBSF_SDD_20261123_01_001.txt']);
  expect(readdirSync(server.place.folder)).toEqual(['.unfinished']);
  expect(await fetchFiles(server.place, inbox)).toEqual([]);
});
