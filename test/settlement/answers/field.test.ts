import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../../src/ops/errors.ts';
import { readStatement } from '../../../src/settlement/answers/camt053.ts';
import { closeLeftover, listLeftovers } from '../../../src/settlement/answers/leftovers.ts';
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
    delete from bank_leftovers;
    delete from bank_statements;
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

interface Leftover {
  readonly direction: string;
  readonly rials: number | null;
  readonly shown: string;
  readonly reason: string;
}

async function leftovers(): Promise<Leftover[]> {
  const { rows } = await books.pool.query<Leftover>(
    'select direction, rials::int, shown, reason from bank_leftovers order by rials',
  );
  return rows;
}

const ACCOUNT = 'IR380170000000100000000001';
interface Told {
  readonly id?: string;
  readonly account?: string;
  readonly of?: string;
}

/** A statement's XML. @param of what stands beside Id: period, sequence, page */
function stmt(
  entries: string,
  { id = 'T1', account = ACCOUNT, of = '<CreDtTm>2026-11-24T18:00:00</CreDtTm>' }: Told = {},
): string {
  return `<Stmt><Id>${id}</Id>${of}<Acct><Id><IBAN>${account}</IBAN></Id></Acct>${entries}</Stmt>`;
}

function camt(...statements: string[]): string {
  return `<Document><BkToCstmrStmt><GrpHdr><MsgId>x</MsgId></GrpHdr>${statements.join('')}</BkToCstmrStmt></Document>`;
}

function ntry(rials: number, details: string, direction = 'DBIT', status = 'BOOK'): string {
  return (
    `<Ntry><Amt Ccy="IRR">${rials}</Amt><CdtDbtInd>${direction}</CdtDbtInd><Sts>${status}</Sts>` +
    `<BookgDt><Dt>2026-11-24</Dt></BookgDt>${details}</Ntry>`
  );
}

const detail = (inner: string): string => `<NtryDtls><TxDtls>${inner}</TxDtls></NtryDtls>`;
const ref = (element: string, value: string): string => detail(`<Refs><${element}>${value}</${element}></Refs>`);

describe('references of a statement', () => {
  test.each([
    ['e2e-only.xml', { 3: 'paid' }],
    ['instrid-is-the-banks.xml', { 1: 'paid' }],
    ['instrid-notprovided.xml', { 2: 'paid' }],
  ])('%s', async (name, states) => {
    expect((await takeSample(`camt053-refs/${name}`)).leftovers).toBe(0);
    expect(await moved()).toEqual(states);
  });

  const ID = '14050902000004';
  test.each([
    ['TxId', ref('TxId', ID)],
    ['PmtInfId', ref('PmtInfId', ID)],
    ['MsgId', ref('MsgId', ID)],
    ['behind NONREF', detail(`<Refs><InstrId>NONREF</InstrId><EndToEndId>EMPTY</EndToEndId><TxId>${ID}</TxId></Refs>`)],
    ['Ustrd', detail(`<RmtInf><Ustrd>kalabarg</Ustrd><Ustrd>REF:${ID}/x</Ustrd></RmtInf>`)],
    ['Ustrd with Persian digits', detail('<RmtInf><Ustrd>حواله ۱۴۰۵۰۹۰۲۰۰۰۰۰۴ کالابرگ</Ustrd></RmtInf>')],
    ['an entry without details', `<NtryRef>${ID}</NtryRef>`],
    ['the text of an entry', `<AddtlNtryInf>paya ${ID}</AddtlNtryInf>`],
  ])('an order is found by %s', async (_what, details) => {
    await take('s.xml', camt(stmt(ntry(4_000, details))));
    expect(await moved()).toEqual({ 4: 'paid' });
    expect(await leftovers()).toEqual([]);
  });

  test('a credit found by another reference came back', async () => {
    await take('s.xml', camt(stmt(ntry(5_000, ref('TxId', '14050902000005'), 'CRDT'))));
    expect(await moved()).toEqual({ 5: 'returned' });
  });

  test('what is booked and names none of ours is a leftover, what is not booked is nothing', async () => {
    const card = detail(
      '<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RmtInf><Ustrd>card 6037990000000006</Ustrd></RmtInf>',
    );
    const fee = detail('<RmtInf><Ustrd>fee of 14050902000001</Ustrd></RmtInf>');
    const entries = [ntry(7, card), ntry(9, '', 'CRDT'), ntry(11, ref('InstrId', 'X'), 'DBIT', 'PDNG'), ntry(13, fee)];
    const intake = await take('s.xml', camt(stmt(entries.join(''))));
    expect(intake).toMatchObject({ leftovers: 3, repeated: false });
    const reason = 'booked, and names none of our orders';
    expect(await leftovers()).toEqual([
      { direction: 'DBIT', rials: 7, shown: 'EndToEndId NOTPROVIDED, Ustrd card 603799******0006', reason },
      { direction: 'CRDT', rials: 9, shown: '', reason },
      { direction: 'DBIT', rials: 13, shown: 'Ustrd fee of 14050902000001', reason },
    ]);
    expect(await moved()).toEqual({});
  });

  test("another account's statement moves nothing, and is one leftover", async () => {
    const entries = ntry(1_000, ref('InstrId', '14050902000001')) + ntry(2, '');
    await take(
      's.xml',
      camt(stmt(entries, { account: testSheba(9) }), stmt(ntry(3_000, ref('InstrId', '14050902000003')), { id: 'T2' })),
    );
    expect(await moved()).toEqual({ 3: 'paid' });
    expect(await leftovers()).toMatchObject([{ direction: 'NONE', shown: '2 booked entries' }]);
  });

  test.each([
    [
      'a line of two orders',
      detail('<Refs><InstrId>14050902000001</InstrId><EndToEndId>14050902000002</EndToEndId></Refs>'),
      'names 2 of our orders',
    ],
    ['another amount', ref('TxId', '14050902000002'), 'is of 2000 rials, not 1000'],
  ])('%s refuses the file', async (_what, details, reason) => {
    expect(await refusalOf(take('s.xml', camt(stmt(ntry(1_000, details)))))).toContain(reason);
    expect(await moved()).toEqual({});
  });

  test('an order that the bank blocks is a leftover', async () => {
    const { leftovers: count } = await take('b.csv', 'end_to_end_id,status,reason\n14050902000001,BLCK,\n');
    expect(count).toBe(1);
    expect(await leftovers()).toMatchObject([{ rials: 1_000, shown: 'order 14050902000001' }]);
  });
});

describe('batch bookings', () => {
  const batch = (rials: number, count?: number, message = MESSAGE, direction = 'DBIT'): string => {
    const told = count === undefined ? '' : `<NbOfTxs>${count}</NbOfTxs>`;
    return ntry(rials, `<NtryDtls><Btch><MsgId>${message}</MsgId>${told}</Btch></NtryDtls>`, direction);
  };
  const fileOnly = (thousands: readonly number[]): string => {
    const of = (each: number): string =>
      `<TxDtls><Refs><MsgId>${MESSAGE}</MsgId></Refs><Amt Ccy="IRR">${each}000</Amt></TxDtls>`;
    return `<NtryDtls>${thousands.map(of).join('')}</NtryDtls>`;
  };
  const states = (state: string): Record<string, string> =>
    Object.fromEntries(Array.from({ length: SHOPS }, (_, at) => [String(at + 1), state]));

  test('batch-no-details.xml pays all orders of the file', async () => {
    const { orders } = await takeSample('camt053-batch/batch-no-details.xml');
    expect(orders.paid).toEqual({ count: 9, rials: 45_000n });
    expect(await moved()).toEqual(states('paid'));
    expect(await leftovers()).toEqual([]);
  });

  test.each([
    ['without a count', batch(45_000)],
    ['by a detail that names the file', ntry(45_000, ref('MsgId', MESSAGE))],
    ['by details that all name the file only', ntry(45_000, fileOnly([1, 2, 3, 4, 5, 6, 7, 8, 9]))],
    ['by an entry that names the file', ntry(45_000, `<NtryRef>${MESSAGE}</NtryRef>`)],
    [
      'beside a few of its details',
      ntry(
        45_000,
        `<NtryDtls><Btch><MsgId>${MESSAGE}</MsgId><NbOfTxs>9</NbOfTxs></Btch><TxDtls><Refs><InstrId>14050902000002</InstrId></Refs><Amt Ccy="IRR">2000</Amt></TxDtls></NtryDtls>`,
      ),
    ],
  ])('%s', async (_what, entry) => {
    await take('s.xml', camt(stmt(entry)));
    expect(await moved()).toEqual(states('paid'));
    expect(await leftovers()).toEqual([]);
  });

  test('what came back before is not in the batch, or is: both are right, and it stays returned', async () => {
    for (const [rials, count] of [
      [43_000, 8],
      [45_000, 9],
    ] as const) {
      await books.pool.query(
        `update payment_orders set state = case instruction_id when '14050902000002' then 'returned' else 'sent' end`,
      );
      await books.pool.query(`delete from settlement_postings where kind = 'paid'`);
      await take(`s${count}.xml`, camt(stmt(batch(rials, count), { id: `B${count}` })));
      expect(await moved()).toEqual({ ...states('paid'), 2: 'returned' });
    }
  });

  test('a batch, and one of it back in the same statement', async () => {
    await take('s.xml', camt(stmt(batch(45_000, 9) + ntry(2_000, ref('EndToEndId', '14050902000002'), 'CRDT'))));
    expect(await moved()).toEqual({ ...states('paid'), 2: 'returned' });
  });

  test('a whole file that comes back', async () => {
    await take('s.xml', camt(stmt(batch(45_000, 9) + batch(45_000, 9, MESSAGE, 'CRDT'))));
    expect(await moved()).toEqual(states('returned'));
  });

  test.each([
    ['another sum', batch(45_001, 9), 'a batch of 45001 rials in 9 orders'],
    ['another count', batch(45_000, 8), 'a batch of 45000 rials in 8 orders'],
    [
      'details that are not all orders of the file',
      ntry(45_000, fileOnly([20, 25])),
      'a batch of 45000 rials in 2 orders',
    ],
    ['part of the file', batch(9_000, 1), 'of which 45000 in 9 orders are open (of 45000 in 9)'],
  ])('%s is a fault that names both', async (_what, entry, reason) => {
    expect(await refusalOf(take('s.xml', camt(stmt(entry))))).toContain(reason);
    expect(await moved()).toEqual({});
  });

  test("another's batch is a leftover", async () => {
    await take('s.xml', camt(stmt(batch(45_000, 9, 'SALARIES'))));
    const [open] = await listLeftovers(books.pool);
    expect(open).toMatchObject({
      direction: 'DBIT',
      rials: '45000',
      bookedOn: '2026-11-24',
      file: 's.xml',
      closedBy: null,
    });
    await closeLeftover(books.pool, open?.id ?? '', 'sara', 'salaries of November');
    await expect(closeLeftover(books.pool, open?.id ?? '', 'sara', 'again')).rejects.toMatchObject({
      code: 'leftover.unknown',
    });
    expect(await listLeftovers(books.pool)).toEqual([]);
    expect(await listLeftovers(books.pool, true)).toMatchObject([{ closedBy: 'sara', note: 'salaries of November' }]);
    expect(await moved()).toEqual({});
    expect(await leftovers()).toMatchObject([
      { rials: 45_000, shown: 'MsgId SALARIES', reason: 'a batch that names none of our files' },
    ]);
  });
});

describe('what a statement is called', () => {
  const one = (n: number, told?: Told): string => stmt(ntry(1_000 * n, ref('InstrId', `1405090200000${n}`)), told);

  test('pages of a statement are taken each', async () => {
    await takeSample('camt053-pages/page1.xml');
    await takeSample('camt053-pages/page2.xml');
    expect(await moved()).toEqual({ 1: 'paid', 2: 'paid' });
    expect((await takeSample('camt053-pages/page2.xml')).repeated).toBe(true);
  });

  test('an Id that began anew this year is another statement', async () => {
    await take('2025.xml', camt(one(2, { id: '00001', of: '<CreDtTm>2025-11-24T18:00:00</CreDtTm>' })));
    await takeSample('camt053-idreuse/2026.xml');
    expect(await moved()).toEqual({ 1: 'paid', 2: 'paid' });
  });

  test('each statement of a file stands for itself', async () => {
    await takeSample('camt053-multistmt/two.xml');
    expect(await moved()).toEqual({ 1: 'paid', 2: 'paid' });
    await expect(takeSample('camt053-multistmt/first-again.xml')).rejects.toMatchObject({ code: 'file.conflict' });
    expect(await moved()).toEqual({ 1: 'paid', 2: 'paid' });
  });

  test('a statement that was taken before changes nothing beside a new one', async () => {
    await take('a.xml', camt(one(1, { id: 'A' })));
    await books.pool.query(`update payment_orders set state = 'sent'`); // to see that it is not looked at
    const both = await take('ab.xml', camt(`\n${one(1, { id: 'A' })}`, one(2, { id: 'B' }), one(2, { id: 'B' })));
    expect(both.repeated).toBe(false);
    expect(await moved()).toEqual({ 2: 'paid' });
    expect((await take('ba.xml', camt(one(2, { id: 'B' }), one(1, { id: 'A' })))).repeated).toBe(true);
  });

  test.each([
    ['electronic sequence', '<ElctrncSeqNb>1</ElctrncSeqNb>', '<ElctrncSeqNb>2</ElctrncSeqNb>'],
    ['page of its own', '<StmtPgntn><PgNb>1</PgNb></StmtPgntn>', '<StmtPgntn><PgNb>2</PgNb></StmtPgntn>'],
    ['period', '<FrToDt><FrDtTm>2026-11-23</FrDtTm></FrToDt>', '<FrToDt><FrDtTm>2026-11-24</FrDtTm></FrToDt>'],
    ['day of its balance', '<Bal><Dt><Dt>2026-11-23</Dt></Dt></Bal>', '<Bal><Dt><Dt>2026-11-24</Dt></Dt></Bal>'],
  ])('another %s is another statement, the same is not', async (_what, first, second) => {
    await take('1.xml', camt(one(1, { of: first })));
    await take('2.xml', camt(one(2, { of: second })));
    expect(await moved()).toEqual({ 1: 'paid', 2: 'paid' });
    await expect(take('3.xml', camt(one(3, { of: second })))).rejects.toMatchObject({ code: 'file.conflict' });
  });

  test('two accounts may have the same Id, and one file may not say two things under one name', async () => {
    await take('1.xml', camt(one(1), one(2, { account: testSheba(3) })));
    expect(await moved()).toEqual({ 1: 'paid' });
    expect(await refusalOf(take('2.xml', camt(one(3, { id: 'C' }), one(4, { id: 'C' }))))).toContain(
      'stands here twice',
    );
  });
});

test('the number of entries and details is bounded', async () => {
  const path = join(books.dataDir, 'many.xml');
  writeFileSync(path, camt(stmt(ntry(1, `<NtryDtls>${'<TxDtls/>'.repeat(100)}</NtryDtls>`))));
  const reader = readStatement(path, 50);
  let count = 0;
  for await (const record of reader.records()) count += record.is === 'detail' ? 1 : 0;
  expect(count).toBeLessThan(52);
  expect(reader.faults.list.map((each) => each.reason)).toEqual(['more than 50 entries and details']);
});
