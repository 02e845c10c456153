import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../../src/ops/errors.ts';
import { takeAnswers, type AnswerIntake } from '../../../src/settlement/answers/take.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { settleDay } from '../../../src/settlement/settle.ts';
import { openBooks, testSheba, type Books } from '../support/books.ts';

/** Answers as banks of the field write them. One delivered file, MsgId IR38…0001, of nine orders: order n is of 1,000·n rials. */

const DAY = '2026-11-23';
const SHOPS = 9;

let books: Books;
beforeAll(async () => {
  books = await openBooks();
  for (let n = 1; n <= SHOPS; n++) {
    await books.addShop(n, testSheba(n));
    await books.move(n, DAY, 'purchase', 1_000 * n);
  }
  const queues = await books.queues();
  const profile = builtInProfile('ccti-1');
  await settleDay(books.context, queues, { day: DAY, profile, maker: 'maryam', checker: 'babak' });
  await queues.close();
});
beforeEach(async () => {
  await books.pool.query(`
    update payment_orders set state = 'sent', reason = null;
    delete from settlement_postings where kind in ('paid', 'returned');
    delete from payable_carries;
    delete from taken_files`);
});
afterAll(async () => {
  await books.close();
});

const sample = (path: string): string => fileURLToPath(new URL(`../samples/field/${path}`, import.meta.url));

function takeSample(path: string): Promise<AnswerIntake> {
  return takeAnswers(books.pool, sample(path), path.replace(/^.*\//, ''));
}

function take(name: string, content: string | Buffer): Promise<AnswerIntake> {
  const path = join(books.dataDir, name);
  writeFileSync(path, content);
  return takeAnswers(books.pool, path, name);
}

/** The orders that are not in state `sent`: number and state. */
async function moved(): Promise<Record<string, string>> {
  const { rows } = await books.pool.query<{ id: string; state: string }>(
    `select right(instruction_id, 1) as id, state from payment_orders where state <> 'sent' order by 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.id, row.state]));
}

async function refusalOf(taking: Promise<AnswerIntake>): Promise<string> {
  return taking.then(
    () => 'taken',
    (error: unknown) => messageOf(error),
  );
}

describe('encodings', () => {
  test.each([
    ['latin1.xml', '1'],
    ['utf8-bom-crlf.xml', '4'],
    ['latin1-ascii-only.xml', '5'],
    ['prefixed-v8.xml', '6'],
    ['latin1-valid-utf8.xml', '7'],
  ])('%s is read', async (name, order) => {
    await takeSample(`camt053-encoding/${name}`);
    expect(await moved()).toEqual({ [order]: 'paid' });
  });

  const statement = (encoding: string): string =>
    `<?xml version="1.0" encoding="${encoding}"?>\r\n<Document><BkToCstmrStmt><Stmt><Id>E2</Id><Ntry><CdtDbtInd>DBIT</CdtDbtInd>` +
    '<Sts>BOOK</Sts><Amt Ccy="IRR">2000</Amt><NtryDtls><TxDtls><Refs><InstrId>14050902000002</InstrId></Refs></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>';

  test.each([
    ['UTF-16', Buffer.from(`\ufeff${statement('UTF-16')}`, 'utf16le')],
    ['UTF-16, big-endian', Buffer.from(`\ufeff${statement('UTF-16')}`, 'utf16le').swap16()],
    ['windows-1256', Buffer.from(statement('windows-1256').replace('<Refs>', '<Nm>\xe4\xc7\xe4</Nm><Refs>'), 'latin1')],
  ])('%s is read', async (_what, content) => {
    await take('e.xml', content);
    expect(await moved()).toEqual({ 2: 'paid' });
  });

  test.each([
    ['one that nobody reads', Buffer.from(statement('Shift_JIS')), 'the file is in Shift_JIS'],
    ['one that the bytes are not in', Buffer.from(statement('UTF-8').replace('E2', 'E\xe9'), 'latin1'), 'is not UTF-8'],
  ])('%s is named, and nothing else is', async (_what, content, reason) => {
    const refusal = await refusalOf(take('camt053.xml', content));
    expect(refusal).toContain(reason);
    expect(refusal.split('\n')).toHaveLength(2);
  });
});
