import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { addDays, toJalali } from '../../../field/jalali.ts';
import { monthOf, readPeriod } from '../../../field/period.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { readStatement, statementCsv, statementPdf, statementXlsx } from '../../../settlement/statement/index.ts';
import { shopBackup } from '../../../settlement/shop/index.ts';
import type { Door } from '../../door.ts';
import { fieldOf, summaryOf } from '../../fields.ts';
import { html, type Html } from '../../html.ts';
import { t } from '../../language.ts';
import { shopPage } from './frame.ts';
import { visit, type Visit } from './own.ts';
import { openDay } from './overview.ts';
import { monthName } from './words.ts';

/** `/shop/<merchant>/statements`: of a day or a month of either calendar, as PDF, XLSX and CSV. */
export function statementRoutes(server: FastifyInstance, door: Door): void {
  server.get<{ Querystring: { of?: unknown } }>('/shop/:merchant/statements', (request, reply) =>
    visit(door, request, reply, (here) => choosePage(here, request.query.of)),
  );
  server.get<{ Params: { file: string } }>('/shop/:merchant/statements/:file', (request, reply) =>
    visit(door, request, reply, (here) => sendStatement(here, request.params.file)),
  );
  server.get<{ Params: { file: string } }>('/shop/:merchant/backup/:file', (request, reply) =>
    visit(door, request, reply, async ({ shop, read }) => {
      const period = readPeriod(/^([\d-]{7,10})\.jsonl\.gz$/.exec(request.params.file)?.[1] ?? '');
      if (period === undefined) throw new GatewayError('public.unknown', 'Not a backup.');
      const name = `kalabarg-${shop.merchant}-${period.name}.jsonl.gz`;
      void reply.type('application/gzip').header('content-disposition', `attachment; filename="${name}"`);
      return reply.send(await read((db) => shopBackup(db, shop.merchant, period)));
    }),
  );
}

const MONTHS_SHOWN = 4;

async function choosePage(here: Visit, of: unknown): Promise<FastifyReply> {
  const { language, base } = here;
  const asked = typeof of === 'string' ? of : '';
  const found = asked === '' ? undefined : readPeriod(asked);
  const today = await openDay(here);
  const label = t(language, { fa: 'روز یا ماه', en: 'Day or month' });
  const jalali = toJalali(today);
  const forms = t(language, {
    fa: `شمسی مانند ${jalali} یا ${jalali.slice(0, 7)}؛ میلادی مانند ${today} یا ${today.slice(0, 7)}`,
    en: `Jalali as ${jalali} or ${jalali.slice(0, 7)}, Gregorian as ${today} or ${today.slice(0, 7)}`,
  });
  const faults = asked === '' || found !== undefined ? [] : [{ name: 'of', label, text: forms }];
  const months: ReturnType<typeof monthOf>[] = [];
  for (
    let month = monthOf(today, language === 'fa' ? 'jalali-month' : 'gregorian-month'), n = 0;
    n < MONTHS_SHOWN;
    n++
  ) {
    months.push(month);
    month = monthOf(addDays(month.from, -1), month.kind === 'day' ? 'jalali-month' : month.kind);
  }
  const files = (name: string): Html =>
    html`${(['pdf', 'xlsx', 'csv'] as const).map((kind) => html`<a class="button second" href="${base}/statements/${name}.${kind}" download>${kind.toUpperCase()}</a> `)}<a class="button second" href="${base}/backup/${name}.jsonl.gz" download>${t(language, { fa: 'پشتیبان زنجیره‌ای', en: 'Chained backup' })}</a>`; // prettier-ignore
  const body = html`${summaryOf(language, faults)}
    <p>${t(language, { fa: 'هر فروش با سهم کالابرگ، کارت و نقد، کارمزد، حواله‌ها، جمع‌ها و شبا.', en: 'Each sale with its voucher, card and cash, fees, orders, sums and the Sheba.' })}</p>
    ${found !== undefined && html`<div class="card good"><h2>${found.name}</h2><div class="actions">${files(found.name)}</div></div>`}
    ${months.map((month) => html`<div class="card"><h3>${monthName(language, month)}</h3><div class="actions">${files(month.name)}</div></div>`)}
    <form method="get" action="${base}/statements">
      ${fieldOf({ name: 'of', label, value: asked, faults, help: forms, ltr: true, required: true, maxlength: 10 })}
      <button class="button second">${t(language, { fa: 'نشان بده', en: 'Show' })}</button>
    </form>`; // prettier-ignore
  return shopPage(here, '/statements', t(language, { fa: 'صورت‌حساب و پشتیبان', en: 'Statements and backup' }), body);
}

const TYPES = {
  pdf: 'application/pdf',
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;

async function sendStatement({ read, reply, shop, language, now }: Visit, file: string): Promise<FastifyReply> {
  const [, of = '', kind = ''] = /^([\d-]{7,10})\.(pdf|csv|xlsx)$/.exec(file) ?? [];
  const period = readPeriod(of);
  if (period === undefined) throw new GatewayError('public.unknown', 'Not a statement.');
  const statement = await read((db) => readStatement(db, shop.merchant, { ...period, now }));
  if (statement === undefined) throw new GatewayError('public.unknown', 'There is no such shop.');
  const as = kind as keyof typeof TYPES;
  void reply
    .type(TYPES[as])
    .header('content-disposition', `attachment; filename="kalabarg-${shop.merchant}-${period.name}.${as}"`);
  if (as === 'csv') return reply.send(statementCsv(statement, language));
  return reply.send(as === 'pdf' ? statementPdf(statement) : Readable.from(statementXlsx(statement, language)));
}
