import type { FastifyReply } from 'fastify';
import type { ItemCode, KeptCase } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { t } from '../../language.ts';

/** Where the papers of a step are uploaded and seen. */
export function papersPlace(door: Door, reply: FastifyReply, kept: KeptCase, item: ItemCode): Html {
  const language = door.languageOf(reply.request);
  const needed = kept.rules.papers.filter((paper) => paper.item === item);
  if (needed.length === 0) return html``;
  return html`<section id="papers" data-papers="${item}" data-case="${kept.number}" data-csrf="${door.csrfToken(reply)}">
    <h2>${t(language, { fa: 'تصویر مدارک', en: 'Pictures of the papers' })}</h2>
    <ul>
      ${needed.map((paper) => html`<li data-kind="${paper.kind}">${t(language, paper)}: ${kept.papers.some(({ item: of, kind }) => of === item && kind === paper.kind) ? t(language, { fa: 'رسیده است', en: 'is here' }) : t(language, { fa: 'هنوز نرسیده', en: 'has not come yet' })}</li> `)}
    </ul>
  </section>`; // prettier-ignore
}
