import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { BasketLine, RequestHeader } from '../../src/ledger/index.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { GatewayError } from '../../src/ops/errors.ts';
import { openPool } from '../../src/ops/database.ts';
import { openDrawing } from '../../src/public/pages/receipt/drawing.ts';
import { readReceipt } from '../../src/public/pages/receipt/read.ts';
import { GOODS } from '../ledger/model/basket.ts';
import {
  addHousehold,
  header,
  outcome,
  purchaseRequest,
  returnRequest,
  reversalRequest,
  setRules,
} from '../ledger/model/world.ts';
import { DAY, FREE, GOOD, openTestLedger, SHOP, type OpenLedger, type TestLedger } from '../ledger/support/books.ts';
import { pdfLines } from '../settlement/support/pdf-text.ts';
import { shiftDatabaseClock } from '../support/clock.ts';
import { testDoor } from '../support/door.ts';
import { doorLogin } from '../support/postgres.ts';
import { textOf } from '../support/visitor.ts';

/** Receipts, read as the role of the public door alone. */
const NOW = Date.now();
/** Of the process that draws. */
const PROGRAM = new URL('../../dist/public/pages/receipt/child.js', import.meta.url);
const day = (days: number): string => tehran(NOW + days * DAY).isoDate;

let world: TestLedger;
let ledger: OpenLedger;
let owner: pg.Pool;
let pool: pg.Pool;
let door: FastifyInstance;
const asked: unknown[][] = [];

beforeAll(async () => {
  world = await openTestLedger();
  ({ ledger, pool: owner } = world);
  await owner.query(`update merchants set name = 'سوپرمارکت <b>بهار</b> & پسران'`);
  pool = openPool(await doorLogin(world.server.url), 2);
  pool.on('error', () => undefined);
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  pool.query = ((...args: unknown[]) => {
    asked.push(args);
    return query(...args);
  }) as typeof pool.query;
  door = testDoor(pool, undefined, { supportPhones: '021-12345678', drawing: { program: PROGRAM, warm: true } });
});
afterAll(async () => {
  await door.close();
  await pool.end();
  await world.close();
});

interface Bought {
  readonly head: RequestHeader;
  readonly card: Buffer;
  readonly rrn: string;
  readonly token: string;
}

const home = async (rials: bigint): Promise<Buffer> =>
  (await addHousehold(owner, 2, [{ rials, from: day(-9), to: day(9) }])).cards[0]!;

async function buy(
  credit: bigint,
  rials: bigint,
  rest: 'card' | 'cash' = 'card',
  basket?: BasketLine[],
): Promise<Bought> {
  const card = await home(credit);
  const head = header(SHOP, card, NOW);
  const decision = await ledger.purchase(purchaseRequest(head, rials, rest, basket));
  if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
  const { rrn, receiptToken = '' } = outcome(decision);
  return { head, card, rrn, token: receiptToken };
}

async function giveBack({ card, rrn }: Bought, rials: bigint): Promise<string> {
  const decision = await ledger.return(returnRequest(header(SHOP, card, NOW + 60_000), rials, rrn));
  if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
  return outcome(decision).receiptToken ?? '';
}

const get = (url: string, headers: Record<string, string> = {}, remoteAddress = '192.0.2.1') =>
  door.inject({ url, headers, remoteAddress });
const page = async (token: string, language = 'fa') => textOf((await get(`/r/${token}?lang=${language}`)).body);

describe('what a receipt says', () => {
  test('the split in words and figures, the shop, the terminal, the reference, the credit left and its end', async () => {
    const { token, rrn } = await buy(2_500_000n, 4_000_000n);
    const text = await page(token, 'en');
    expect(text).toContain('Paid');
    expect(text).toContain('Total 4,000,000 rials four million rials');
    expect(text).toContain('From the voucher 2,500,000 rials two million five hundred thousand rials');
    expect(text).toContain('From the bank card 1,500,000 rials one million five hundred thousand rials');
    expect(text).toContain('Lawful maximum of the card part 1,500,000 rials');
    expect(text).toContain(`Reference (RRN) ${rrn}`);
    expect(text).toContain(`Terminal ${SHOP.terminal}`);
    expect(text).toContain('سوپرمارکت <b>بهار</b> & پسران'); // as text, not as markup
    expect(text).toContain('Credit left after this purchase 0 rials');
    const persian = await page(token);
    expect(persian).toContain('از اعتبار کالابرگ ۲٬۵۰۰٬۰۰۰ ریال دو میلیون و پانصد هزار ریال');
    expect(persian).toContain('بیشترین سهم قانونی کارت ۱٬۵۰۰٬۰۰۰ ریال');
    expect(persian).toContain('تلفن پشتیبانی');
  });

  test.each([
    ['approved.stand-in', 'the central voucher system did not answer', 'سامانهٔ مرکزی کالابرگ پاسخ نداد'],
    ['approved.bank-stand-in', 'the bank did not answer', 'بانک پاسخ نداد'],
  ])('that it stood in: %s', async (reason, english, persian) => {
    const { token } = await buy(2_500_000n, 1_000_000n);
    expect(await page(token, 'en')).not.toContain('Stand-in');
    await owner.query('update transactions set reason = $2 where token = $1', [token, reason]);
    expect(await page(token, 'en')).toContain(`Stand-in: ${english}`);
    expect(await page(token)).toContain(`تأیید موقت: ${persian}`);
  });

  test('where another unit is lawful beside the rial, both: to the last rial', async () => {
    const coin = `insert into money_units values ('new-rial', $1, 'IRN', '999', 2, 10000, 'ریال نو', 'new rial', $2)`;
    await owner.query(coin, [day(-1), true]);
    const { token } = await buy(2_500_001n, 4_000_000n);
    const text = await page(token, 'en');
    expect(text).toContain('Total 4,000,000 rials four million rials · = 400 new rial');
    expect(text).toContain('· = 250.0001 new rial');
    expect(text).toContain('Lawful maximum of the card part 1,499,999 rials = 149.9999 new rial');
    expect(await page(token)).toContain('= ۲۵۰٫۰۰۰۱ ریال نو');
    // payments go over to it: it comes first, and ends as it was when the rial is no money any more
    await owner.query(`insert into payment_units values ($1, 'new-rial')`, [day(-1)]);
    expect(await page(token, 'en')).toContain('Total 400 new rial four hundred new rial · = 4,000,000 rials');
    expect(await page(token)).toContain('۲۵۰٫۰۰۰۱ ریال نو = ۲٬۵۰۰٬۰۰۱ ریال');
    await owner.query(`insert into money_units values ('rial', $1, 'IRR', '364', 0, 1, 'ریال', 'rial', false)`, [
      day(-1),
    ]);
    expect(await page(token, 'en')).not.toContain('rials');
    await owner.query(`delete from money_units where unit = 'rial' and valid_from = $1`, [day(-1)]);
    await owner.query('delete from payment_units');
    await owner.query('delete from money_units where valid_from = $1', [day(-1)]);
    await owner.query(coin, [day(1), true]); // from tomorrow on
    expect(await page(token, 'en')).not.toContain('new rial');
    await owner.query('delete from money_units where valid_from = $1', [day(1)]);
  });

  test('the first end of what is left', async () => {
    const { token } = await buy(2_500_000n, 500_000n, 'cash');
    const until = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long' });
    expect(await page(token, 'en')).toMatch(
      new RegExp(`Credit left after this purchase 2,000,000 rials The first of it ends after \\w+ ${until.format(Date.parse(day(9)))}`), // prettier-ignore
    );
  });

  test('the next charge, where a calendar knows of it', async () => {
    await owner.query(
      `insert into programme_charges values ('test', '2020-03-20', 'all', 1, array_fill(1000::bigint, array[11]), '{1}')`,
    );
    const { token } = await buy(2_500_000n, 500_000n, 'cash');
    expect(await page(token, 'en')).toMatch(/The next charge \w+ \d+ \w+ 20\d\d/);
    expect(await page(token)).toMatch(/شارژ بعدی \S+ ۱ \S+ ۱۴\d\d|شارژ بعدی \S+ [۰-۹]+ \S+ ۱۴/);
    await owner.query('delete from programme_charges');
  });

  test('the verdict of each line, and the least card part', async () => {
    await setRules(owner, { ...FREE, minCardRials: 50_000n });
    const eligible = GOODS[0];
    const line = (goods: string, amountRials: bigint): BasketLine => ({ goods, unit: '00', quantity: 1, amountRials });
    const bought = await buy(9_000_000n, 700_000n, 'card', [line(eligible.code, 300_000n), line('9999999999999', 400_000n)]); // prettier-ignore
    const text = await page(bought.token, 'en');
    await setRules(owner, FREE);
    expect(text).toContain('Line 1 300,000 rials by the voucher a good of the voucher');
    expect(text).toMatch(/Line 2 0 rials by the voucher not a good of the voucher/);
    expect(text).toContain('50,000 rials is the least card part');
  });

  test.each([
    ['fee', 'شبکه <شاپرک>', 'A fee of \u2068شبکه <شاپرک>\u2069, not the shop’s. By law it is at most 60,000 rials.', 'سقف قانونی آن ۶۰٬۰۰۰ ریال است.'],
    ['price', null, 'A part of the price of the goods: the shop gets it. By law', 'بخشی از بهای کالاست و به فروشگاه می‌رسد.'],
  ])('a fixed card part that is a %s, with its lawful maximum', async (kind, payee, english, persian) => {
    await owner.query('delete from card_part_fees');
    await owner.query('delete from card_parts');
    const from = kind === 'fee' ? '2020-01-01' : '2020-01-02';
    await owner.query(`insert into card_parts values ('test', $4, $1, 40000, 10000, 500000, 60000, $2, $3)`, [kind, payee, payee === null ? null : 'IR1', from]);
    const { token } = await buy(9_000_000n, 1_000_000n);
    const text = await page(token, 'en');
    expect(text).toContain('Of it, the fixed card part 50,000 rials');
    expect(text).toContain(english);
    expect(await page(token)).toContain(persian);
    expect(await page((await buy(9_000_000n, 400_000n)).token, 'en')).not.toContain('fixed card part');
    await owner.query('delete from card_part_fees');
    await owner.query('delete from card_parts');
  }); // prettier-ignore

  test('a rest in cash: nothing may be taken from a card', async () => {
    const { token } = await buy(300_000n, 1_000_000n, 'cash');
    const text = await page(token, 'en');
    expect(text).toContain('In cash 700,000 rials');
    expect(text).toContain('Lawful maximum of the card part 0 rials');
  });

  test('a reversal says what came back where, and that the bank has not confirmed the card part yet', async () => {
    const { head, token } = await buy(400_000n, 1_000_000n);
    await ledger.reverse(reversalRequest(head, NOW + 5_000));
    const text = await page(token, 'en');
    expect(text).toContain('This purchase was reversed');
    expect(text).toMatch(/What came back In all 1,000,000 rials/);
    expect(text).toMatch(/To the voucher credit 400,000 rials.*To the account of the card 600,000 rials/);
    expect(text).toMatch(/Reversal .*\d\d:\d\d/);
    expect(text).toContain('The card part is on its way back');
    expect(await page(token)).toContain('این خرید برگشت خورد');
    await owner.query(`update bank_advices set done_at = now(), done_rc = '00'`);
    expect(await page(token, 'en')).not.toContain('on its way back');
    await owner.query(`update bank_advices set done_rc = '05'`);
    expect(await page(token, 'en')).toContain('The bank refused to give the card part back');
    await owner.query(`update bank_advices set done_rc = '00'`);
  });

  test('returns in part and whole, and the receipt of a return', async () => {
    const bought = await buy(400_000n, 1_000_000n, 'cash');
    const slip = await giveBack(bought, 250_000n);
    expect(await page(bought.token, 'en')).toMatch(/A part of this purchase was returned.*Return .*To the voucher credit 250,000 rials/); // prettier-ignore
    const text = await page(slip, 'en');
    expect(text).toMatch(/Receipt of a return Returned .*Returned 250,000 rials.*To the voucher credit 250,000 rials/);
    expect(text).toContain(`Reference of the purchase ${bought.rrn}`);
    await giveBack(bought, 750_000n);
    expect(await page(bought.token, 'en')).toContain('All of this purchase was returned');
  });

  test('a price that was corrected', async () => {
    const { head, token } = await buy(400_000n, 1_000_000n);
    await ledger.reverse(reversalRequest(head, NOW + 5_000, 300_000n));
    expect(await page(token, 'en')).toMatch(/A part of this purchase was returned.*In all 700,000 rials/);
    await owner.query(`update bank_advices set done_at = now(), done_rc = '00' where done_at is null`);
  });

  test('parts add up, whatever was bought and came back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          credit: fc.bigInt(0n, 2_000n),
          total: fc.bigInt(1n, 2_000n),
          rest: fc.constantFrom('card' as const, 'cash' as const),
          back: fc.array(fc.bigInt(1n, 1_000n), { maxLength: 3 }),
          reversed: fc.boolean(),
        }),
        async ({ credit, total, rest, back, reversed }) => {
          const bought = await buy(credit === 0n ? 1n : credit, total, rest);
          for (const rials of back) await giveBack(bought, rials);
          if (reversed) await ledger.reverse(reversalRequest(bought.head, NOW + 90_000));
          const receipt = (await readReceipt(pool, bought.token))!;
          const sum = (of: { voucher: bigint; card: bigint; cash: bigint }) => of.voucher + of.card + of.cash;
          expect(sum(receipt)).toBe(receipt.total);
          const events = receipt.back.reduce(
            (all, each) => ({
              voucher: all.voucher + each.voucher,
              card: all.card + each.card,
              cash: all.cash + each.cash,
            }),
            { voucher: 0n, card: 0n, cash: 0n },
          );
          expect(events).toEqual(receipt.given);
          expect(sum(receipt.given)).toBeLessThanOrEqual(receipt.total);
          if (reversed) expect(sum(receipt.given)).toBe(receipt.total);
        },
      ),
      { numRuns: 25 },
    );
    await owner.query(`update bank_advices set done_at = now(), done_rc = '00' where done_at is null`);
  });
});

describe('who may read it', () => {
  test('nothing of the household, the card or a person is in it, in no form', async () => {
    const { token } = await buy(2_500_000n, 4_000_000n);
    const { rows } = await owner.query<{ id: string; shown: string }>(
      `select household_id as id, receipt_of(sha256(token::bytea))::text as shown from transactions where token = '${token}'`,
    );
    const { id = '', shown = '' } = rows[0] ?? {};
    expect(id).not.toBe('');
    for (const text of [shown, (await get(`/r/${token}`)).body]) {
      expect(text).not.toContain(id);
      expect(text).not.toMatch(/603799|\*\*/);
    }
  });

  test('nobody keeps it or lists it, and no address of it leaves', async () => {
    const { token } = await buy(2_500_000n, 4_000_000n);
    for (const url of [`/r/${token}`, `/r/${token}.pdf`, `/r/${token}.png`, `/r/${'A'.repeat(22)}`]) {
      const { headers } = await get(url, {}, '192.0.2.2');
      expect(headers['x-robots-tag']).toContain('noindex');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['cache-control']).toContain('no-store');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
    }
  });

  test('a wrong token and one that has ended: the same answer after the same question, which carries no token', async () => {
    const { token } = await buy(2_500_000n, 4_000_000n);
    const wrong = createHash('sha256').update(token).digest('base64url').slice(0, 22);
    const answers: string[] = [];
    const questions: unknown[][] = [];
    await shiftDatabaseClock(owner, 91 * DAY);
    try {
      for (const each of [token, wrong]) {
        asked.length = 0;
        const { statusCode, body, headers } = await get(`/r/${each}`, {}, '192.0.2.3');
        expect(statusCode).toBe(404);
        answers.push(body.replaceAll(each, 'TOKEN') + String(headers['content-length']));
        questions.push(asked.map(([query]) => (query as { name: string; text: string }).text));
        expect(JSON.stringify(asked)).not.toContain(each);
      }
    } finally {
      await shiftDatabaseClock(owner, 0);
    }
    expect(answers[0]).toBe(answers[1]);
    expect(questions[0]).toEqual(questions[1]);
    expect(questions[0]).toHaveLength(1);
    expect((await get(`/r/${token}`, {}, '192.0.2.3')).statusCode).toBe(200);
  });

  test('it ends 90 days after its purchase', async () => {
    const { token } = await buy(2_500_000n, 4_000_000n);
    const at = async (days: number): Promise<number> => {
      await shiftDatabaseClock(owner, days * DAY);
      return (await get(`/r/${token}`, {}, '192.0.2.4')).statusCode;
    };
    try {
      expect(await at(89.9)).toBe(200);
      expect(await at(90.1)).toBe(404);
    } finally {
      await shiftDatabaseClock(owner, 0);
    }
  });

  test.each([
    ['of another alphabet', encodeURIComponent('رسید')],
    ['with quotes', encodeURIComponent(`' or ''='`)],
    ['with a NUL', 'a%00b'],
    ['with a slash', 'a%2fb'],
    ['with a backslash', 'a%5Cx41'],
    ['empty', ''],
    ['long', 'A'.repeat(190)],
    ['too long', 'A'.repeat(5_000)],
    ['bytes that are no text', '%ff%fe'],
    ['dots', '..%2f..%2fetc%2fpasswd'],
    ['the ending alone', '.pdf'],
    ['markup', encodeURIComponent('<script>alert(1)</script>')],
  ])('a token %s finds nothing, and nothing of it comes back as markup', async (_name, token) => {
    const { statusCode, body } = await get(`/r/${token}`, {}, '192.0.2.5');
    expect([400, 404, 414]).toContain(statusCode);
    expect(body).not.toContain('<script>alert');
  });

  test('an address that asks for too many waits; another does not', async () => {
    const limited: number[] = [];
    for (let n = 0; n < 70; n++) limited.push((await get('/r/none', {}, '198.51.100.7')).statusCode);
    expect(limited.slice(0, 60).every((code) => code === 404)).toBe(true);
    expect(limited.at(-1)).toBe(429);
    expect((await get('/r/none', {}, '203.0.113.9')).statusCode).toBe(404);
  });

  test('a purchase that waits for the bank, and one that was refused, have none', async () => {
    const card = await home(100_000n);
    const decision = await ledger.purchase(purchaseRequest(header(SHOP, card, NOW), 300_000n, 'card'));
    const { rows } = await owner.query<{ token: string }>(`select token from transactions where state = 'held'`);
    const token = rows[0]?.token ?? '';
    expect(token).toMatch(/^[\w-]{22}$/);
    expect((await get(`/r/${token}`)).statusCode).toBe(404);
    if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
    expect((await get(`/r/${token}`)).statusCode).toBe(200);
  });
});

describe('on paper', () => {
  test('the PDF is shaped, its digits in order, and the same receipt gives the same bytes', async () => {
    const { token, rrn } = await buy(2_500_000n, 4_000_000n);
    const first = await get(`/r/${token}.pdf`, {}, '192.0.2.6');
    expect([first.statusCode, first.headers['content-type']]).toEqual([200, 'application/pdf']);
    const lines = pdfLines(first.rawPayload);
    expect(lines.some((line) => line.includes('۲٬۵۰۰٬۰۰۰'))).toBe(true); // as it stands on the paper, from left to right
    expect(lines.some((line) => line.includes(rrn))).toBe(true);
    expect((await get(`/r/${token}.pdf`, {}, '192.0.2.6')).rawPayload.equals(first.rawPayload)).toBe(true);
    const english = pdfLines((await get(`/r/${token}.pdf?lang=en`, {}, '192.0.2.6')).rawPayload);
    expect(english).toEqual(expect.arrayContaining([expect.stringContaining('From the voucher')]));
  });

  test.each([384, 576])(
    'a bitmap of %i dots: black on white, its left and right edges free, and the same as raster bytes',
    async (dots) => {
      const { token } = await buy(2_500_000n, 4_000_000n);
      const png = (await get(`/r/${token}.png?dots=${dots}`, {}, `192.0.2.${dots % 200}`)).rawPayload;
      expect(png.readUInt32BE(16)).toBe(dots);
      const rows = png.readUInt32BE(20);
      expect(rows).toBeGreaterThan(400);
      const bits = bitsOf(png, dots, rows);
      const black = bits.reduce((sum, byte) => sum + ones(byte), 0) / (dots * rows);
      expect(black).toBeGreaterThan(0.01);
      expect(black).toBeLessThan(0.25);
      const { rawPayload, headers } = await get(`/r/${token}.escpos?dots=${dots}`, {}, `192.0.2.${dots % 200}`);
      expect(headers['content-type']).toBe('application/octet-stream');
      expect(rasterOf(rawPayload, dots).equals(bits)).toBe(true);
    },
  );

  test('no other width is drawn', async () => {
    const { token } = await buy(2_500_000n, 4_000_000n);
    for (const dots of ['0', '385', '99999999', '-1', 'x', '384&dots=576'])
      expect((await get(`/r/${token}.png?dots=${dots}`, {}, '192.0.2.8')).statusCode).toBe(404);
  });
});

describe('the process that draws', () => {
  let folder = '';
  let token = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kalabarg-drawing-'));
    ({ token } = await buy(2_500_000n, 4_000_000n));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** A door whose receipts are drawn by that program. */
  async function drawnBy(text: string, work: (own: FastifyInstance) => Promise<void>): Promise<void> {
    const file = join(folder, `${text.length}.mjs`);
    writeFileSync(file, text);
    const own = testDoor(pool, undefined, { drawing: { program: pathToFileURL(file) } });
    try {
      await work(own);
    } finally {
      await own.close();
    }
  } // prettier-ignore
  const ask = (own: FastifyInstance, ending = 'pdf') => own.inject(`/r/${token}.${ending}?lang=en`);

  test('when it dies, the receipt is not drawn now, its page stands, and the next one is drawn by another', async () => {
    const once = JSON.stringify(join(folder, 'died'));
    const program = `import { existsSync, writeFileSync } from 'node:fs';
      if (existsSync(${once})) await import(${JSON.stringify(PROGRAM.href)});
      else process.on('message', () => { writeFileSync(${once}, ''); process.exit(7); });`;
    await drawnBy(program, async (own) => {
      const { statusCode, headers, body } = await ask(own);
      expect([statusCode, headers['retry-after'], headers['content-type']]).toEqual([503, '5', 'text/html; charset=utf-8']);
      expect(headers['content-disposition']).toBeUndefined();
      expect(body).toContain('cannot be drawn just now');
      expect((await own.inject(`/r/${token}`)).statusCode).toBe(200);
      expect((await ask(own)).statusCode).toBe(200);
    });
  }); // prettier-ignore

  test('when it hangs it is ended; who would wait too long is told at once', async () => {
    const file = join(folder, 'hangs.mjs');
    writeFileSync(file, `process.on('message', () => undefined); setInterval(() => undefined, 1e6);`);
    const log = { warn: () => undefined } as never;
    const drawing = openDrawing(systemClock, log, {
      program: pathToFileURL(file),
      limits: { processes: 1, waiting: 1, workMs: 1_500 },
    });
    const job = { form: 'pdf', lines: [], language: 'fa', dots: 384 } as const;
    const order: string[] = [];
    const codes = [1, 2, 3].map(() =>
      drawing
        .draw(job)
        .catch((error: unknown) => order.push(error instanceof GatewayError ? error.code : String(error))),
    );
    await Promise.all(codes);
    expect(order).toEqual(['receipts.busy', 'receipts.failed', 'receipts.failed']);
    drawing.close();
    await expect(drawing.draw(job)).rejects.toMatchObject({ code: 'receipts.busy' });
  });

  test('when it says that it cannot, or cannot be started, it is told alike', async () => {
    const program = `process.on('message', () => process.send({ is: 'failed', message: 'no font' }));`;
    await drawnBy(program, async (own) => {
      expect((await ask(own, 'escpos')).statusCode).toBe(503);
    });
    await drawnBy('this is no program', async (own) => {
      expect((await ask(own)).statusCode).toBe(503);
    });
  });
});

describe('to complain', () => {
  test('its link fills in what the receipt says, and never the card', async () => {
    const { token, rrn } = await buy(2_500_000n, 4_000_000n);
    const { body } = await get(`/r/${token}`, {}, '192.0.2.9');
    const link = /href="(\/complain\?[^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const form = (await get(link, {}, '192.0.2.9')).body;
    expect(form).toMatch(new RegExp(`name="rrn"[^>]*value="${rrn}"|value="${rrn}"[^>]*name="rrn"`));
    expect(form).toContain('value="4,000,000"');
    expect((await get('/complain?rrn=<b>1&last4=x', {}, '192.0.2.9')).body).not.toContain('<b>1');
  });
});

function ones(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

/** The picture of a one-bit PNG of ours, 1 as black. */
function bitsOf(png: Buffer, dots: number, rows: number): Buffer {
  const at = png.indexOf('IDAT');
  const raw = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  const width = dots / 8;
  return Buffer.concat(
    Array.from({ length: rows }, (_, row) =>
      Buffer.from(raw.subarray(row * (width + 1) + 1, (row + 1) * (width + 1)).map((byte) => ~byte & 0xff)),
    ),
  );
}

/** What a printer would put on paper of these commands. */
function rasterOf(bytes: Buffer, dots: number): Buffer {
  expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x1b, 0x40]));
  const bands: Buffer[] = [];
  let at = 2;
  while (bytes[at] === 0x1d) {
    expect(bytes.subarray(at, at + 4)).toEqual(Buffer.from([0x1d, 0x76, 0x30, 0]));
    expect(bytes.readUInt16LE(at + 4)).toBe(dots / 8);
    const size = bytes.readUInt16LE(at + 6) * (dots / 8);
    bands.push(bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  expect(bytes.subarray(at)).toEqual(Buffer.from([0x1b, 0x64, 4]));
  return Buffer.concat(bands);
}
