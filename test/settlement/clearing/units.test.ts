import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeAnswers } from '../../../src/settlement/answers/take.ts';
import { dayBalances, unexplained } from '../../../src/settlement/audit/unexplained.ts';
import { readStatement } from '../../../src/settlement/statement/read.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { clearDay } from '../support/clear.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';

/** Payment files in a unit of 10,000 rials with two decimals, from the second day on. */
const [OLD, FIRST, SECOND] = ['2026-11-23', '2026-11-24', '2026-11-25'] as const;
/** The books convert with the first of these; of its nets a part is below one step each. */
const CONVERTED = ['2026-11-26', '2026-11-27', '2026-11-28'] as const;
const NETS = {
  [OLD]: 1_000_001,
  [FIRST]: 1_234_567,
  [SECOND]: 33,
  [CONVERTED[0]]: 1_030,
  [CONVERTED[1]]: 2_050,
  [CONVERTED[2]]: 3_045,
};

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

test('from the day on which the books convert, what is below one step stands in the shop’s own account, and comes back once it makes a step', async () => {
  const { pool } = books;
  const [first, second, third] = CONVERTED;
  await pool.query(`insert into book_units values ($1, 'new-rial')`, [first]);
  for (const [n, day] of CONVERTED.entries()) {
    await books.openDay(day);
    await books.add([{ id: n + 11, shop: 1, day, kind: 'purchase', voucher: NETS[day] }]);
    await clearDay(books, day);
  }
  const nets = await pool.query(
    `select business_day::text as day, net_rials::int as net, remainder_rials::int as remainder, held_rials::int as held from merchant_nets where business_day >= $1 order by 1`,
    [first],
  );
  // 30, then 50 more: 80; 45 more are a step and 25
  expect(nets.rows).toEqual([
    { day: first, net: 1_030, remainder: 30, held: 0 },
    { day: second, net: 2_050, remainder: 50, held: 0 },
    { day: third, net: 3_045, remainder: -55, held: 0 },
  ]);
  const orders = await pool.query<{ rials: number }>('select amount_rials::int as rials from payment_orders where business_day >= $1 order by business_day', [first]);
  expect(orders.rows.map(({ rials }) => rials)).toEqual([1_000, 2_000, 3_100]);
  expect(await unexplained(pool, OLD, third)).toEqual([]);
  const [balance] = await dayBalances(pool, second, second);
  expect(balance).toMatchObject({ moved: '2050', remainders: '50', carriedOut: '0' });
  const statement = await readStatement(pool, merchantId(1), { from: second, to: second, now: Date.parse(`${third}T08:00:00Z`) });
  expect(statement?.lines.find(({ kind }) => kind === 'remainder')).toMatchObject({ debit: 50n });
  expect([statement?.remainders, statement?.closing, statement?.units.map(({ alpha }) => alpha)]).toEqual([80n, 0n, ['IRN', 'IRR']]);
  await pool.query(`update merchant_nets set remainder_rials = -54 where business_day = $1`, [third]);
  expect((await unexplained(pool, OLD, third)).map(({ reason }) => reason)).toEqual(expect.arrayContaining(['the remainder of the net is not posted']));
  await pool.query(`update merchant_nets set remainder_rials = -55 where business_day = $1`, [third]);
}); // prettier-ignore
