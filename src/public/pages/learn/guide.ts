import type { FastifyInstance } from 'fastify';
import PDFDocument from 'pdfkit';
import { FONT } from '../../../settlement/statement/index.ts';
import type { Clock } from '../../../ops/clock.ts';
import type { Door } from '../../door.ts';
import { digits, t, type Language, type Text } from '../../language.ts';
import { REFUSALS } from './codes.ts';
import { Sheet } from './sheet.ts';

/** `/learn/guide-fa.pdf`, `/learn/guide-en.pdf`: one sheet of A4 for the counter. Drawn once a process and language.
 *  @param phones numbers that shops call, by commas; empty: a line to write them on */
export function guideRoutes(server: FastifyInstance, { clock }: Pick<Door, 'clock'>, phones: string): void {
  const drawn = new Map<Language, Promise<Buffer>>();
  for (const language of ['fa', 'en'] as const) {
    server.get(`/learn/guide-${language}.pdf`, async (_request, reply) => {
      const guide = drawn.get(language) ?? guidePdf(language, phones, clock.soon);
      drawn.set(language, guide);
      return reply
        .header('cache-control', 'public, max-age=3600')
        .header('content-disposition', `inline; filename="kalabarg-guide-${language}.pdf"`)
        .type('application/pdf')
        .send(await guide);
    });
  }
}

/** The same numbers give the same bytes. Drawing takes some tenths of a second: line by line, so that others have their turn between.
 *  @param soon runs work in a later turn of the event loop; undefined: all in one */
export async function guidePdf(language: Language, phones: string, soon?: Clock['soon']): Promise<Buffer> {
  const date = new Date(0);
  const title = t(language, TITLE);
  const document = new PDFDocument({
    size: 'A4',
    margin: 0,
    font: FONT,
    lang: language === 'fa' ? 'fa-IR' : 'en',
    info: { Title: title, CreationDate: date, ModDate: date },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((done) => document.once('end', done));
  const turn = (): Promise<void> =>
    soon === undefined
      ? Promise.resolve()
      : new Promise((done) => {
          soon(done);
        });
  await draw(new Sheet(document, language), language, phones, turn);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

/** @param turn after each line: others have theirs */
async function draw(sheet: Sheet, language: Language, phones: string, turn: () => Promise<void>): Promise<void> {
  const say = (text: Text): string => t(language, text);
  sheet.title(say(TITLE));
  for (const { head, lines, ordered } of PARTS) {
    sheet.heading(say(head));
    for (const [index, line] of lines.entries()) {
      sheet.item(ordered ? `${digits(language, index + 1)}.` : '•', say(line));
      await turn();
    }
  }
  sheet.heading(say({ fa: 'کدهای رد و آنچه می‌گوییم', en: 'Codes of refusals, and what to say' }));
  const heads: readonly Text[] = [{ fa: 'کد', en: 'Code' }, { fa: 'یعنی', en: 'Meaning' }, { fa: 'چه کنیم', en: 'What to do' }]; // prettier-ignore
  sheet.row(heads.map(say), SHARES, true);
  for (const { rc, means, say: what } of REFUSALS) {
    sheet.row([digits(language, rc), say(means), say(what)], SHARES, false);
    await turn();
  }
  sheet.heading(say({ fa: 'تلفن', en: 'To call' }));
  const blank = '.'.repeat(60);
  const numbers = phones
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => `\u2066${digits(language, each)}\u2069`); // a number reads from left to right in Persian too
  const called = numbers.length === 0 ? blank : numbers.join(language === 'fa' ? '، ' : ', ');
  sheet.paragraph(`${say({ fa: 'پشتیبانی:', en: 'Support:' })} ${called}`);
  sheet.paragraph(`${say({ fa: 'شمارهٔ پایانه و پذیرنده:', en: 'Terminal and merchant numbers:' })} ${blank}`);
}

const SHARES = [0.12, 0.4, 0.48] as const;

const TITLE: Text = { fa: 'فروش با کالابرگ: راهنمای کنار صندوق', en: 'Selling by voucher: a guide for the counter' };

const PARTS: readonly { readonly head: Text; readonly ordered: boolean; readonly lines: readonly Text[] }[] = [
  {
    head: { fa: 'هر صبح', en: 'Every morning' },
    ordered: false,
    lines: [
      {
        fa: '«ارتباط با مرکز» را بزنید؛ تاریخ، ساعت و کاغذ را نگاه کنید.',
        en: 'Press “Connect to the centre”; look at the date, the clock and the paper.',
      },
    ],
  },
  {
    head: { fa: 'فروش', en: 'A sale' },
    ordered: true,
    lines: [
      {
        fa: 'بپرسید: «با کالابرگ؟» اگر مشتری اعتبارش را نمی‌داند، ماندهٔ اعتبار را بگیرید (رمز نمی‌خواهد).',
        en: 'Ask: “By voucher?” If the customer does not know the credit, ask for it (no PIN).',
      },
      {
        fa: 'منوی «خرید یارانه‌ای»؛ نه «خرید» معمولی. بارکد کالاها یا مبلغ به ریال.',
        en: 'Menu “Subsidised purchase”, not the ordinary “Purchase”. The goods’ codes, or the amount in rials.',
      },
      {
        fa: 'اعتبار کم است؟ دو بار نفروشید: «باقی از کارت» یا «باقی نقد» را انتخاب کنید.',
        en: 'Not enough credit? Do not sell twice: choose “rest from the card” or “rest in cash”.',
      },
      {
        fa: 'مشتری خودش رمز می‌زند. رسید و سپس کالا را بدهید؛ «باقی نقد» را پیش از کالا بگیرید.',
        en: 'The customer types the PIN. Give the slip, then the goods; take cash that is due before them.',
      },
    ],
  },
  {
    head: { fa: 'پاسخ نیامد، یا خط قطع شد', en: 'No answer, or the line is cut' },
    ordered: true,
    lines: [
      {
        fa: 'دوباره نفروشید؛ از منوی دیگر یا پایانهٔ دیگر هم نفروشید.',
        en: 'Do not sell again, nor from another menu or terminal.',
      },
      {
        fa: '«ارتباط با مرکز»: پایانه خودش فروش بی‌پاسخ را برگشت می‌زند.',
        en: '“Connect to the centre”: the terminal itself takes the sale back.',
      },
      {
        fa: 'ماندهٔ اعتبار را بگیرید؛ اگر مانند پیش است، یک بار بفروشید. کاغذ تمام شده؟ فروش انجام شده است: رسید را دوباره چاپ کنید.',
        en: 'Ask for the credit; if it is as before, sell once. Paper out? The sale is made: print the slip again.',
      },
    ],
  },
  {
    head: { fa: 'برگشت کالا و پایان روز', en: 'Returns, and the end of the day' },
    ordered: false,
    lines: [
      {
        fa: 'کالای برگشتی: «مرجوعی» با شمارهٔ مرجع رسید؛ هرگز نقد ندهید.',
        en: 'Goods that come back: “Return” with the slip’s reference; never cash.',
      },
      {
        fa: 'شب «جمع روز» را با رسیدها بسنجید. واریز هر خرید را در «فروشگاه من» ببینید.',
        en: 'In the evening compare the totals with your slips. “My shop” shows when each sale is paid.',
      },
    ],
  },
  {
    head: { fa: 'هرگز', en: 'Never' },
    ordered: false,
    lines: [
      {
        fa: 'پول به جای کالا · نگه داشتن کارت یا رمز · ثبت کالای دیگر · خرد کردن یک خرید · قرض دادن یا جابه‌جا کردن پایانه.',
        en: 'Cash for credit · keeping a card or a PIN · entering other goods · cutting one sale into many · lending or moving the terminal.',
      },
    ],
  },
];
