import { expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAnswerCsv } from '../../../src/settlement/answers/csv.ts';
import type { Answer } from '../../../src/settlement/answers/model.ts';

const SAMPLES = fileURLToPath(new URL('../samples/csv/', import.meta.url));

async function read(path: string): Promise<{ answers: Answer[]; faults: string[] }> {
  const reader = readAnswerCsv(path, 'status.csv');
  const answers: Answer[] = [];
  for await (const answer of reader.answers()) answers.push(answer);
  return { answers, faults: reader.faults.list.map(({ line, column, reason }) => `${line}:${column}: ${reason}`) };
}

async function readText(content: string | Buffer): ReturnType<typeof read> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-csv-'));
  try {
    writeFileSync(join(folder, 'status.csv'), content);
    return await read(join(folder, 'status.csv'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each([
  ['bom-crlf', 2, 1],
  ['sep-line', 3, 2],
  ['semicolon', 2, 3],
  ['quoted-newline', 2, 4],
  ['all-quoted', 2, 6],
  ['header-case', 2, 7],
  ['cr-only', 2, 8],
  ['blank-rows', 2, 9],
])('a spreadsheet wrote it, and it is taken: %s', async (sample, line, order) => {
  const { answers, faults } = await read(join(SAMPLES, `${sample}.csv`));
  expect(faults).toEqual([]);
  expect(answers).toEqual([
    {
      of: 'order',
      line,
      instructionId: `1405090200000${order}`,
      status: 'paid',
      reason: sample === 'quoted-newline' ? 'no "credit" second line' : '',
    },
  ]);
});

const HEADER = 'end_to_end_id,status,reason';

test.each<[what: string, content: string | Buffer, fault: string]>([
  ['UTF-16', Buffer.from(`\ufeff${HEADER}\n`, 'utf16le'), '1:1: is UTF-16 ("Unicode text"): save it as "CSV UTF-8"'],
  [
    'UTF-16 without a mark',
    Buffer.from(`${HEADER}\n`, 'utf16le'),
    '1:1: is UTF-16 ("Unicode text"): save it as "CSV UTF-8"',
  ],
  [
    'a workbook',
    Buffer.from('PK\x03\x04 and so on', 'latin1'),
    '1:1: is a workbook (XLSX), not CSV: save it as "CSV UTF-8"',
  ],
  [
    'windows-1256',
    Buffer.concat([Buffer.from(`${HEADER}\n1,ACSC,\n2,ACSC,`), Buffer.from([0xc8, 0x0a])]),
    '3:1: is not UTF-8 from here on: save it as "CSV UTF-8"',
  ],
  [
    'a cut character',
    Buffer.concat([Buffer.from(`${HEADER}\n1,ACSC,`), Buffer.from([0xd9])]),
    '2:1: ends in the middle of a character',
  ],
  [
    'an exponent',
    `${HEADER}\n1.40509E+13,ACSC,\n`,
    '2:1: end_to_end_id may not be "1.40509E+13": a spreadsheet wrote it with an exponent; format the column as text, enter it again and save',
  ],
  ['a column named twice', `${HEADER},Status\n1,ACSC,,RJCT\n`, '1:1: the header line names status twice'],
  ['sep= of something else', `sep=x\n${HEADER}\n`, '1:1: sep= names a separator that is not read here'],
  ['sep= that the header has not', `sep=;\n${HEADER}\n`, '2:1: the header line lacks end_to_end_id, status, reason'],
  ['a row with more', `${HEADER}\n1,ACSC,,more\n`, '2:1: has 4 fields, the header 3'],
  ['a row with less', `${HEADER}\n1,ACSC\n`, '2:1: has 2 fields, the header 3'],
  [
    'a quote that does not end',
    `${HEADER}\n1,ACSC,"no\n2,ACSC,\n`,
    '2:8: a quote that does not end, or text after the end of one',
  ],
])('%s is refused', async (_, content, fault) => {
  expect((await readText(content)).faults).toEqual([fault]);
});

test('a record of quotes and line breaks is bounded in time', async () => {
  const { faults } = await readText(`${HEADER}\n${`"${'\n'.repeat(8_000)}",ACSC,\n`.repeat(40)}`);
  expect(faults[0]).toContain('2:1: end_to_end_id may not be');
});
