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
const MESSAGE = 'IR380170000000100000000001000000001';

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
    delete from payable_carries;
    update payment_orders set state = 'sent', reason = null;
    delete from settlement_postings where kind in ('paid', 'returned');
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

describe('the status nearest to an order', () => {
  const all = (state: string, except: Record<string, string> = {}): Record<string, string> => ({
    ...Object.fromEntries(Array.from({ length: SHOPS }, (_, at) => [String(at + 1), state])),
    ...except,
  });

  test.each([
    ['no-group-status.xml', all('returned')],
    ['group-part.xml', all('returned')],
    ['group-rjct-control.xml', all('returned')],
    ['paid-acsc.xml', all('paid')],
    ['pmtinf-acsc-one-rejected.xml', all('paid', { 2: 'returned' })],
    ['tx-inherits.xml', all('returned')],
    ['acwp.xml', { 2: 'accepted' }],
  ])('%s', async (name, states) => {
    await takeSample(`pain002-pmtinf/${name}`);
    expect(await moved()).toEqual(states);
  });

  const report = (parts: {
    group?: string;
    message?: string;
    block?: string;
    id?: string;
    orders?: string;
  }): string => {
    const { group = '', message = MESSAGE, block = '', id = '1', orders = '' } = parts;
    return (
      '<Document><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlGrpInfAndSts>' +
      `<OrgnlMsgId>${message}</OrgnlMsgId>${group}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>${id}</OrgnlPmtInfId>` +
      `${block}${orders}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`
    );
  };
  const order = (n: number, status: string): string =>
    `<TxInfAndSts><OrgnlInstrId>1405090200000${n}</OrgnlInstrId>${status}</TxInfAndSts>`;
  const sts = (element: string, code: string): string => `<${element}Sts>${code}</${element}Sts>`;

  test.each([
    ['GrpSts against PmtInfSts', { group: sts('Grp', 'ACTC'), block: sts('PmtInf', 'RJCT') }, all('returned')],
    [
      'GrpSts against one TxSts',
      { group: sts('Grp', 'RJCT'), orders: order(3, sts('Tx', 'ACSC')) },
      all('returned', { 3: 'paid' }),
    ],
    [
      'PART over PART: only who is named',
      { group: sts('Grp', 'PART'), block: sts('PmtInf', 'PART'), orders: order(4, sts('Tx', 'ACCC')) },
      { 4: 'paid' },
    ],
    ['an order that has its status from GrpSts', { group: sts('Grp', 'ACSP'), orders: order(1, '') }, all('accepted')],
    [
      "another reference than the bank's own",
      {
        orders: `<TxInfAndSts><OrgnlInstrId>BANK7</OrgnlInstrId><OrgnlEndToEndId>14050902000007</OrgnlEndToEndId>${sts('Tx', 'ACSC')}</TxInfAndSts>`,
      },
      { 7: 'paid' },
    ],
    [
      'count and sum that are ours',
      {
        group: `<OrgnlNbOfTxs>9</OrgnlNbOfTxs><OrgnlCtrlSum>45000.00</OrgnlCtrlSum>${sts('Grp', 'ACSC')}`,
      },
      all('paid'),
    ],
  ])('%s', async (_what, parts, states) => {
    await take('r.xml', report(parts));
    expect(await moved()).toEqual(states);
  });

  const STATUSES: Readonly<Record<string, string>> = {
    paid: 'ACCC ACSC CPUC',
    returned: 'CANC RJCT',
    accepted: 'ACCP ACFC ACFW ACIS ACPD ACSP ACTC ACWC ACWP BLCK PATC PDNG PRES RCVC RCVD RVCM RVMC RVNA RVNC RVNM',
  };
  const known = Object.entries(STATUSES).flatMap(([state, codes]) =>
    codes.split(' ').map((code): [string, string] => [code, state]),
  );
  test.each(known)('TxSts %s: the order is %s', async (code, state) => {
    await take('r.xml', report({ orders: order(5, sts('Tx', code)) }));
    expect(await moved()).toEqual({ 5: state });
  });

  test('an order that the bank blocks keeps the reason, and what follows', async () => {
    await take('r.xml', report({ orders: order(5, sts('Tx', 'ACWP')) }));
    await take('r2.xml', report({ orders: order(5, sts('Tx', 'BLCK')) }).replace('R1', 'R2'));
    const { rows } = await books.pool.query('select reason from payment_orders where reason is not null');
    expect(rows).toEqual([{ reason: 'BLCK' }]);
  });

  test("a Sheba at fault of a whole file is the payer's: no shop is blocked for it", async () => {
    const reason = '<StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf>';
    await take(
      'r.xml',
      report({ block: `${sts('PmtInf', 'RJCT')}${reason}`, orders: order(1, `${sts('Tx', 'RJCT')}${reason}`) }),
    );
    const { rows } = await books.pool.query(
      `select count(*) filter (where blocked)::int as blocked, count(*)::int as all from payable_carries`,
    );
    expect(rows).toEqual([{ blocked: 1, all: 9 }]);
  });

  test.each([
    ['no payment file has the MsgId NOT-OURS', { message: 'NOT-OURS', orders: order(1, sts('Tx', 'ACSC')) }],
    ['no payment file has the PmtInfId 77', { id: '77', orders: order(1, sts('Tx', 'ACSC')) }],
    ['PmtInfSts may not be "XXXX"', { block: sts('PmtInf', 'XXXX') }],
    ['GrpSts may not be "acsc"', { group: sts('Grp', 'acsc') }],
    ['TxSts may not be "constructo"', { orders: order(1, sts('Tx', 'constructor')) }],
    ['TxSts may not be "PART"', { block: sts('PmtInf', 'ACSC'), orders: order(1, sts('Tx', 'PART')) }],
    ['order 14050902000001 has no TxSts, and neither', { orders: order(1, '') }],
    [
      'PmtInfSts is ACSC here, and RJCT before',
      {
        block: sts('PmtInf', 'RJCT'),
        orders: '</OrgnlPmtInfAndSts><OrgnlPmtInfAndSts><PmtInfSts>ACSC</PmtInfSts>',
      },
    ],
    [
      'is said to be 45000 rials in 8 orders: it is 45000 in 9',
      { group: `<OrgnlNbOfTxs>8</OrgnlNbOfTxs>${sts('Grp', 'ACSC')}` },
    ],
    [
      'is said to be 44000 rials in 9 orders: it is 45000 in 9',
      { block: `<OrgnlCtrlSum>44000</OrgnlCtrlSum>${sts('PmtInf', 'ACSC')}` },
    ],
  ])('%s: the file is refused', async (reason, parts) => {
    expect(await refusalOf(take('r.xml', report(parts)))).toContain(reason);
    expect(await moved()).toEqual({});
  });

  test('other-file.xml is refused, and so is a whole file that is rejected once an order of it is paid', async () => {
    expect(await refusalOf(takeSample('pain002-pmtinf/other-file.xml'))).toContain(
      'no payment file has the PmtInfId 77',
    );
    await take('r.xml', report({ orders: order(5, sts('Tx', 'ACSC')) }));
    const rejected = report({ block: sts('PmtInf', 'RJCT') }).replace('R1', 'R2');
    expect(await refusalOf(take('r2.xml', rejected))).toContain('order 14050902000005 is paid: it cannot be rejected');
    expect(await moved()).toEqual({ 5: 'paid' });
  });
});
