import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeAnswers } from '../../../src/settlement/answers/take.ts';
import { unexplained } from '../../../src/settlement/audit/unexplained.ts';
import { testSheba } from '../support/books.ts';
import { clearDay } from '../support/clear.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';

/** Payment files in a unit of 10,000 rials with two decimals, from the second day on. */
const [OLD, FIRST, SECOND] = ['2026-11-23', '2026-11-24', '2026-11-25'] as const;
const NETS = { [OLD]: 1_000_001, [FIRST]: 1_234_567, [SECOND]: 33 };

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  const { pool } = books;
  await pool.query(
    `insert into money_units values ('new-rial', $1, 'IRN', '999', 2, 10000, 'ریال نو', 'new rial', true)`,
    [OLD],
  );
  await pool.query(`insert into payment_units values ($1, 'new-rial')`, [FIRST]);
  await books.addShop(1, testSheba(1));
  for (const [n, day] of [OLD, FIRST, SECOND].entries()) {
    await books.openDay(day);
    await books.add([{ id: n + 1, shop: 1, day, kind: 'purchase', voucher: NETS[day] }]);
  }
  for (const day of [OLD, FIRST, SECOND]) await clearDay(books, day);
});
afterAll(async () => {
  await books.close();
});

async function file(day: string): Promise<{ id: string; text: string }> {
  const found = await books.pool.query<{ id: string }>('select message_id as id from payment_files where business_day = $1', [day]);
  const id = found.rows[0]?.id ?? '';
  return { id, text: readFileSync(join(books.dataDir, 'outbox', `${id}.ccti`), 'utf8') };
} // prettier-ignore

test.each([
  [OLD, 'IRR', '1000001'],
  [FIRST, 'IRN', '123.45'],
  [SECOND, 'IRN', '0.01'],
])('a file of %s is in %s: %s', async (day, code, amount) => {
  const { text } = await file(day);
  expect(text).toContain(`<InstdAmt Ccy="${code}">${amount}</InstdAmt>`);
  expect(text.match(/<CtrlSum>[^<]*/g)).toEqual([`<CtrlSum>${amount}`, `<CtrlSum>${amount}`]);
});

test('what is below one step is carried into the next net, and every rial is explained', async () => {
  const { rows } = await books.pool.query(
    'select created_day::text as day, kind, rials::int, consumed_day::text as taken from payable_carries order by 1',
  );
  expect(rows).toEqual([{ day: FIRST, kind: 'small', rials: 67, taken: SECOND }]);
  expect(await unexplained(books.pool, OLD, SECOND)).toEqual([]);
});

test("the bank's answer is read in the unit that it names", async () => {
  const { id } = await file(FIRST);
  const report = (sum: string, order: string) => `<?xml version="1.0" encoding="UTF-8"?>
<Document><CstmrPmtStsRpt><GrpHdr><MsgId>A${sum}</MsgId></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>${id}</OrgnlMsgId><OrgnlNbOfTxs>1</OrgnlNbOfTxs><OrgnlCtrlSum>${sum}</OrgnlCtrlSum><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><TxInfAndSts><OrgnlInstrId>14050903000001</OrgnlInstrId><TxSts>ACSC</TxSts><OrgnlTxRef><Amt>${order}</Amt></OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>`;
  const take = (sum: string, order: string) => {
    const path = join(books.dataDir, 'answer.xml');
    writeFileSync(path, report(sum, order));
    return takeAnswers(books.pool, path, 'answer.xml');
  };
  await expect(take('123.45', '<InstdAmt Ccy="IRR">123</InstdAmt>')).rejects.toMatchObject({ code: 'file.refused' });
  await expect(take('1234500', '<InstdAmt Ccy="IRN">123.45</InstdAmt>')).rejects.toMatchObject({ code: 'file.refused' });
  await expect(take('123.45', '<InstdAmt Ccy="IRN">123.456</InstdAmt>')).rejects.toMatchObject({ code: 'file.refused' });
  expect((await take('123.45', '<InstdAmt Ccy="IRN">123.45</InstdAmt>')).orders.paid).toEqual({ count: 1, rials: 1_234_500n });
}); // prettier-ignore
