import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../../../ops/errors.ts';
import { byOwner, type Owner } from '../../../owners/index.ts';
import { keepNoticePaper, MOST_BYTES, paperRefused, takeNoticePaperAway, type Papers } from '../../../papers/index.ts';
import { noticesOf, type Notice, type NoticePaper } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { t } from '../../language.ts';
import { chooserOf, keptOf, paperWords } from '../apply/papers-place.ts';
import { refusePaper, takeFiles } from '../paper-answers.ts';
import type { Visit } from './own.ts';

/** What an owner brings with the answer to a notice and with the appeal: sent by assets/papers.js before the word is said. */
export function noticePaperRoutes(server: FastifyInstance, door: Door, papers: Papers): void {
  interface Place {
    readonly merchant: string;
    readonly id: string;
    readonly paper: string;
  }
  server.post<{ Params: Place }>('/shop/:merchant/notices/:id/papers/:paper/removal', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    door.form(request);
    try {
      const notice = await ownNotice(door, owner, request.params);
      const { paper } = request.params;
      if (!/^[1-9]\d{0,17}$/.test(paper)) throw new GatewayError('papers.unknown', 'There is no such paper.');
      const now = door.clock.now();
      await takeNoticePaperAway(papers, door.pool(), { notice, paper }, { by: byOwner(owner, request.id), now });
      return await reply.send({});
    } catch (error) {
      return refusePaper(door, request, reply, error);
    }
  });
  takeFiles<{ Params: Place }>(
    server,
    door,
    '/shop/:merchant/notices/:id/papers/evidence',
    async (request, reply, owner) => {
      const notice = await ownNotice(door, owner, request.params);
      if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) throw paperRefused('large');
      const upload = { by: byOwner(owner, request.id), now: door.clock.now(), who: `owner ${owner.mobile}` };
      const { paper, added } = await keepNoticePaper(papers, door.pool(), notice, request.body, upload);
      const shown = { id: paper.id, kilobytes: Math.max(1, Math.round(paper.bytes / 1_024)) };
      return reply.code(added ? 201 : 200).send({ paper: shown });
    },
  );
}

/** Another's notice is not there.
 *  @throws GatewayError `shops.unknown` */
async function ownNotice(
  door: Door,
  owner: Owner,
  { merchant, id }: { merchant: string; id: string },
): Promise<string> {
  const own = await noticesOf(door.pool(), owner.mobile, door.clock.now());
  if (!own.some((notice) => notice.id === id && notice.merchant === merchant))
    throw new GatewayError('shops.unknown', 'There is no such notice of this owner.');
  return id;
}

/** Papers that came, and, while the shop has something to say, where more are added. */
export function noticePapersPlace(
  { door, reply, language, base }: Visit,
  notice: Notice,
  papers: readonly NoticePaper[],
): Html {
  const { can } = notice.position;
  const saying = can.includes('respond') ? 'response' : can.includes('appeal') ? 'appeal' : undefined;
  const path = `${base}/notices/${notice.id}/papers`;
  const label = `papers-${notice.id}`;
  const list = papers.map((paper) => keptOf(language, paper.said === saying ? path : undefined, paper));
  if (saying === undefined)
    return html`${papers.length > 0 && html`<h3>${t(language, { fa: 'مدارک شما', en: 'Your papers' })}</h3><ul class="plain">${list}</ul>`}`; // prettier-ignore
  return html`<section class="papers" data-papers="${path}" data-removal="${path}" data-csrf="${door.csrfToken(reply)}" data-words="${paperWords(language)}">
    <div class="card paper" data-kind="evidence">
      <h3 id="${label}">${t(language, { fa: 'مدارک شما، اگر دارید', en: 'Your papers, if you have any' })}</h3>
      <p class="help">${t(language, { fa: 'رسید، فاکتور یا هر چه سخن شما را نشان می‌دهد؛ پیش از فرستادن متن. عکس JPEG یا PNG، یا PDF، تا ۱۰ مگابایت.', en: 'Receipts, invoices, whatever shows what you say, before you send the text. JPEG, PNG or PDF, 10 MiB at most.' })}</p>
      <noscript><p>${t(language, { fa: 'برای فرستادن، جاوااسکریپت مرورگر را روشن کنید؛ یا مدارک را به دفتر بیاورید.', en: 'Turn on JavaScript to send them; or bring them to the office.' })}</p></noscript>
      <ul class="plain" data-list>${list}</ul>
      ${chooserOf(language, label)}
    </div>
  </section>`; // prettier-ignore
}
