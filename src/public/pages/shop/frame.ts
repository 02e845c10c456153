import type { FastifyReply } from 'fastify';
import { html, type Html } from '../../html.ts';
import { t, type Text } from '../../language.ts';
import type { Visit } from './own.ts';

/** What every page of a shop has around it. */

const SECTIONS: readonly (readonly [path: string, text: Text])[] = [
  ['', { fa: 'امروز', en: 'Today' }],
  ['/days', { fa: 'روزها و واریزها', en: 'Days and pay-outs' }],
  ['/statements', { fa: 'صورت‌حساب و پشتیبان', en: 'Statements and backup' }],
  ['/terminals', { fa: 'پایانه‌ها', en: 'Terminals' }],
  ['/staff', { fa: 'کارکنان و آموزش', en: 'Staff and lessons' }],
  ['/papers', { fa: 'مجوزها و مدارک', en: 'What you may do' }],
  ['/changes', { fa: 'تغییر مشخصات', en: 'Changes' }],
  ['/notices', { fa: 'اخطارها و اعتراض', en: 'Notices' }],
  ['/complaints', { fa: 'شکایت‌ها', en: 'Complaints' }],
];

export function sectionsOf({ language, base, shop, unit, request }: Visit, here: string): Html {
  const other = unit.counted === 'toman' ? 'rial' : 'toman';
  const unitText = {
    toman: { fa: 'نمایش به تومان', en: 'Show tomans' },
    rial: { fa: 'نمایش به ریال', en: 'Show rials' },
  };
  return html`<p class="shop-head"><a href="/shop">${shop.name}</a> <a class="unit" href="/shop/unit?to=${other}&amp;back=${encodeURIComponent(request.url)}">${t(language, unitText[other])}</a></p>
    <nav class="sections" aria-label="${t(language, { fa: 'بخش‌های فروشگاه', en: 'Sections of the shop' })}">${SECTIONS.map(([path, text]) => html`<a href="${base}${path}"${path === here && html` aria-current="page"`}>${t(language, text)}</a>\n`)}</nav>`; // prettier-ignore
}

export function shopPage(
  visit: Visit,
  here: string,
  title: string,
  body: Html,
  { status = 200, scripts = [] }: { readonly status?: number; readonly scripts?: readonly string[] } = {},
): Promise<FastifyReply> {
  return visit.door.render(visit.reply, {
    title: `${title} · ${visit.shop.name}`,
    body: html`${sectionsOf(visit, here)}
      <h1>${title}</h1>
      ${body}`,
    status,
    scripts,
  });
}
