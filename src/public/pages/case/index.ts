import type { FastifyInstance, FastifyReply } from 'fastify';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { actOnOwnCase, ownCase, ownCases, refusalOf, type OwnCase } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { html } from '../../html.ts';
import { ltr, t } from '../../language.ts';
import { casePage } from './case-page.ts';
import { STATES } from './states.ts';

interface CaseParams {
  readonly number: string;
}

/** `/case`: where each of one's cases stands, whom it waits on until when, and what one can do. */
export function caseRoutes(server: FastifyInstance, door: Door): void {
  server.get('/case', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    const cases = await ownCases(door.pool(), owner);
    const [only] = cases;
    return cases.length === 1 && only !== undefined
      ? door.redirect(reply, `/case/${only.number}`)
      : listPage(door, reply, cases);
  });
  server.get<{ Params: CaseParams }>('/case/:number', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    const kept = await ownCase(door.pool(), request.params.number, owner);
    return casePage(door, reply, kept, await refusalOf(door.pool(), kept));
  });
  for (const kind of ['withdraw', 'reopen'] as const)
    server.post<{ Params: CaseParams }>(`/case/:number/${kind}`, async (request, reply) => {
      const owner = await door.demandOwner(request, reply);
      if (owner === undefined) return reply;
      const { number } = request.params;
      const seen = Number(/^\d{1,9}$/.exec(door.form(request).get('seen'))?.[0] ?? '0');
      try {
        await transaction(door.pool(), (db) =>
          actOnOwnCase(db, { number, seen }, { kind }, owner, door.clock.now(), request.id),
        );
      } catch (error) {
        if (!(error instanceof GatewayError && ['shops.stale', 'shops.refused'].includes(error.code))) throw error;
        const kept = await ownCase(door.pool(), number, owner);
        return casePage(door, reply, kept, await refusalOf(door.pool(), kept), true);
      }
      return door.redirect(reply, `/case/${number}`);
    });
}

function listPage(door: Door, reply: FastifyReply, cases: readonly OwnCase[]): Promise<FastifyReply> {
  const language = door.languageOf(reply.request);
  const title = t(language, { fa: 'پرونده‌های شما', en: 'Your cases' });
  const none = html`<p>${t(language, { fa: 'با این شماره همراه پرونده‌ای نیست.', en: 'There is no case with this mobile.' })}</p>
    <p><a class="button" href="/apply">${t(language, { fa: 'ثبت درخواست', en: 'Apply' })}</a></p>`; // prettier-ignore
  const body = html`<h1>${title}</h1>
    ${cases.length === 0 && none}
    ${cases.map(({ number, name, state }) => html`<section class="card"><h2><a href="/case/${number}">${name}</a></h2><p>${ltr(number)} · <span class="tag ${STATES[state].tone}">${t(language, STATES[state].name)}</span></p></section> `)}`; // prettier-ignore
  return door.render(reply, { title, body });
}
