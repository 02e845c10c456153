import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Allowance } from '../../../ops/allowance.ts';
import { GatewayError } from '../../../ops/errors.ts';
import type { Door } from '../../door.ts';
import { html } from '../../html.ts';
import { t, type Language, type Text } from '../../language.ts';
import { DOTS, type Dots } from './bitmap.ts';
import type { DrawJob } from './child.ts';
import type { Drawing } from './drawing.ts';
import { linesOf, type Line } from './lines.ts';
import { receiptPage } from './page.ts';
import { readReceipt, type Receipt } from './read.ts';

/** Receipts of one address. Nobody guesses 132 bits: it is the database that this spares. Many phones of a mobile network share one. */
const READS_PER_SECOND = 2;
const READS_AT_ONCE = 60;
/** PDFs and bitmaps cost a process tenths of a second each. */
const DRAWINGS_PER_SECOND = 0.5;
const DRAWINGS_AT_ONCE = 12;

interface Asked {
  Params: { file: string };
  Querystring: { dots?: unknown; lang?: unknown };
}

const FORMS = ['page', 'pdf', 'png', 'escpos'] as const;
type Form = (typeof FORMS)[number];

/** `/r/<token>`, `.pdf`, `.png?dots=384|576`, `.escpos?dots=384|576`: what an approval's token shows (people.md 6). What is wrong and what has
 *  ended are answered alike, after the same question to the database.
 *  @param phones numbers that people call, by commas; empty: none is known */
export function receiptRoutes(server: FastifyInstance, door: Door, phones: string, drawing: Drawing): void {
  const reads = new Allowance(READS_PER_SECOND, READS_AT_ONCE, door.clock);
  const drawings = new Allowance(DRAWINGS_PER_SECOND, DRAWINGS_AT_ONCE, door.clock);
  server.get<Asked>('/r/:file', async (request, reply) => {
    hide(reply);
    const { token, form } = fileOf(request.params.file);
    const language = languageFor(door, request);
    if (!reads.take(request.ip) || (form !== 'page' && !drawings.take(request.ip)))
      return tooOften(door, reply, language);
    const dots = dotsOf(request.query.dots);
    const receipt = await readReceipt(door.pool(), token);
    if (receipt === undefined || dots === undefined) return noReceipt(door, reply, language);
    const lines = linesOf({ receipt, language, phones });
    if (form === 'page') return pageOf(door, reply, { lines, receipt, language, token });
    return sendDrawn(door, reply, drawing, { lines, receipt, language, form, dots });
  });
}

/** Nobody keeps it, nobody lists it, and no page that is gone on to learns its address. */
function hide(reply: FastifyReply): void {
  void reply.headers({
    'x-robots-tag': 'noindex, nofollow, noarchive',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store, private',
  });
}

function fileOf(file: string): { token: string; form: Form } {
  const ending = /\.(pdf|png|escpos)$/.exec(file)?.[1];
  const form = FORMS.find((each) => each === ending) ?? 'page';
  return { token: form === 'page' ? file : file.slice(0, -form.length - 1), form };
}

/** A printer has no cookies: it says its language. */
function languageFor(door: Door, request: FastifyRequest<Asked>): Language {
  const { lang } = request.query;
  return lang === 'fa' || lang === 'en' ? lang : door.languageOf(request);
}

function dotsOf(asked: unknown): Dots | undefined {
  return asked === undefined ? DOTS[0] : DOTS.find((dots) => String(dots) === asked);
}

interface Shown {
  readonly lines: readonly Line[];
  readonly receipt: Receipt;
  readonly language: Language;
}

function pageOf(door: Door, reply: FastifyReply, shown: Shown & { token: string }): Promise<FastifyReply> {
  const { lines, receipt, language, token } = shown;
  const title = t(language, { fa: 'رسید', en: 'Receipt' });
  return door.render(reply, { title, language, body: receiptPage(lines, receipt, language, `/r/${token}`) });
}

async function sendDrawn(
  door: Door,
  reply: FastifyReply,
  drawing: Drawing,
  { lines, receipt, language, form, dots }: Shown & { form: DrawJob['form']; dots: Dots },
): Promise<FastifyReply> {
  try {
    const file = await drawing.draw({ form, lines, language, dots });
    void reply.header('content-disposition', `inline; filename="kalabarg-${receipt.rrn}.${form}"`);
    return await reply.type(MEDIA[form]).send(file);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    door.log.warn({ code: error.code, error: error.message }, 'a receipt was not drawn');
    return notDrawn(door, reply, language);
  }
}

const MEDIA: Readonly<Record<DrawJob['form'], string>> = {
  pdf: 'application/pdf',
  png: 'image/png',
  escpos: 'application/octet-stream',
};

const NONE: Text = { fa: 'رسیدی با این نشانی نیست', en: 'There is no receipt at this address' };

function noReceipt(door: Door, reply: FastifyReply, language: Language): Promise<FastifyReply> {
  const title = t(language, NONE);
  const body = html`<h1>${title}</h1>
    <p>${t(language, { fa: 'نشانی کامل نیست، یا ۹۰ روز از خرید گذشته است. رسید کاغذی همچنان معتبر است.', en: 'The address is not complete, or the purchase is more than 90 days old. The slip of paper is still good.' })}</p>
    <p><a class="button" href="/complain">${t(language, { fa: 'شکایت از یک خرید', en: 'Complain about a purchase' })}</a></p>`; // prettier-ignore
  return door.render(reply, { title, language, body, status: 404 });
}

/** The page needs no process: it says everything that the file would. */
function notDrawn(door: Door, reply: FastifyReply, language: Language): Promise<FastifyReply> {
  const title = t(language, { fa: 'رسید اکنون کشیده نمی‌شود', en: 'The receipt cannot be drawn just now' });
  const body = html`<h1>${title}</h1>
    <p>${t(language, { fa: 'چند ثانیهٔ دیگر دوباره تلاش کنید. صفحهٔ رسید، بدون ‎.pdf در پایان نشانی، همه چیز را نشان می‌دهد.', en: 'Try again in a few seconds. The page of the receipt, the address without .pdf, shows everything.' })}</p>`; // prettier-ignore
  return door.render(reply.header('retry-after', '5'), { title, language, body, status: 503 });
}

function tooOften(door: Door, reply: FastifyReply, language: Language): Promise<FastifyReply> {
  const title = t(language, { fa: 'درخواست‌ها پشت سر هم بود', en: 'Too many requests at once' });
  const wait = { fa: 'یک دقیقهٔ دیگر صفحه را تازه کنید.', en: 'Reload the page in a minute.' };
  const body = html`<h1>${title}</h1>
    <p>${t(language, wait)}</p>`;
  return door.render(reply.header('retry-after', '60'), { title, language, body, status: 429 });
}
