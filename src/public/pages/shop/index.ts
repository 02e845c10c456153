import type { FastifyInstance } from 'fastify';
import { setCookie } from '../../cookies.ts';
import type { Door } from '../../door.ts';
import { html } from '../../html.ts';
import { ltr, t } from '../../language.ts';
import { safePath } from '../../paths.ts';
import { changeRoutes } from './changes.ts';
import { shopComplaintRoutes } from './complaints.ts';
import { dayRoutes } from './days.ts';
import { noticeRoutes } from './notices.ts';
import { overviewRoutes } from './overview.ts';
import { ownShops, UNIT_COOKIE } from './own.ts';
import { paperRoutes } from './papers.ts';
import { staffRoutes, type StaffOptions } from './staff.ts';
import { statementRoutes } from './statements.ts';
import { terminalRoutes } from './terminals.ts';

const YEAR_S = 31_536_000;

/** `/shop`: the shop's own side (people.md 7). Every page finds the shop by the proved mobile of whoever asks. */
export function shopsRoutes(server: FastifyInstance, door: Door, options: StaffOptions): void {
  server.get('/shop', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    const language = door.languageOf(request);
    const shops = await ownShops(door, owner.mobile);
    const [only] = shops;
    if (only !== undefined && shops.length === 1) return door.redirect(reply, `/shop/${only.merchant}`);
    const title = t(language, { fa: 'فروشگاه‌های شما', en: 'Your shops' });
    const none = t(language, {
      fa: 'با این شماره فروشگاهی ثبت نیست. اگر تازه درخواست داده‌اید، پرونده را از «پیگیری پرونده» ببینید. اگر شماره همراه عوض شده است، با پشتیبانی تماس بگیرید.',
      en: 'No shop is registered with this number. If you applied lately, see “Your case”. If the mobile has changed, call support.',
    });
    const body = html`<h1>${title}</h1>
      ${shops.length === 0 && html`<p>${none}</p>
        <p><a class="button" href="/apply">${t(language, { fa: 'ثبت درخواست', en: 'Apply' })}</a></p>`}
      ${shops.map((shop) => html`<p class="card"><a href="/shop/${shop.merchant}"><strong>${shop.name}</strong></a><br /><small>${t(language, { fa: 'شمارهٔ پذیرنده', en: 'Merchant' })} ${ltr(shop.merchant)}</small></p>`)}`; // prettier-ignore
    return door.render(reply, { title, body });
  });
  server.get<{ Querystring: { to?: unknown; back?: unknown } }>('/shop/unit', ({ query: { to, back } }, reply) => {
    if (to === 'toman' || to === 'rial') setCookie(reply, UNIT_COOKIE, to, { maxAgeS: YEAR_S });
    return door.redirect(reply, safePath(back));
  });
  overviewRoutes(server, door);
  dayRoutes(server, door);
  statementRoutes(server, door);
  terminalRoutes(server, door);
  paperRoutes(server, door);
  shopComplaintRoutes(server, door);
  changeRoutes(server, door);
  noticeRoutes(server, door);
  staffRoutes(server, door, options);
}
