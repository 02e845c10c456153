import type { FastifyReply } from 'fastify';
import {
  isSettled,
  isWithApplicant,
  positionOf,
  reasonWords,
  type KeptCase,
  type KeptItem,
  type Position,
  type ReasonWords,
  type Refusal,
} from '../../../shops/index.ts';
import { STEPS, titleOf } from '../apply/steps.ts';
import { valuesOf } from '../apply/summary-page.ts';
import type { Door } from '../../door.ts';
import { html, type Html, type Part } from '../../html.ts';
import { dayOf, ltr, momentOf, t, type Language, type Text } from '../../language.ts';
import { reasonOf } from './reason.ts';
import { PARTIES, STATES } from './states.ts';

/** @param missed what was asked for could not be done: the case was changed meanwhile */
export async function casePage(
  door: Door,
  reply: FastifyReply,
  kept: KeptCase,
  refusal: Refusal | undefined,
  missed = false,
): Promise<FastifyReply> {
  const language = door.languageOf(reply.request);
  const text = (texts: Text): string => t(language, texts);
  const position = positionOf(kept.facts, door.clock.now());
  const state = STATES[position.state];
  const words = await reasonWords(door.pool(), kept.items);
  const title = `${kept.name} · ${text(state.name)}`;
  const body = html`<h1>${kept.name}</h1>
<p>${text({ fa: 'شماره پرونده', en: 'Case number' })} <strong>${ltr(kept.number)}</strong></p>
${missed && html`<div class="card wait" role="alert"><p>${text({ fa: 'پرونده در این میان تغییر کرد و کار شما انجام نشد. وضعیت تازه در زیر است.', en: 'The case was changed meanwhile, and nothing was done. It stands below as it is now.' })}</p></div>`}
<section class="card ${state.tone}" id="state"><h2>${text(state.name)}</h2><p>${text(state.means)}</p>${waitingOf(language, position)}${refusal !== undefined && refusalPart(language, refusal)}</section>
${actionsOf(door, reply, kept, position)}
<h2>${text({ fa: 'مرحله به مرحله', en: 'Item by item' })}</h2>
${toDoFirst(position, kept.items).map((item) => itemCard(language, kept, item, { ...position, words: words.get(item.code) }))}`; // prettier-ignore
  return door.render(reply, { title, body, ...(missed ? { status: 409 } : {}) });
}

function waitingOf(language: Language, { waiting }: Position): Part {
  if (waiting === undefined) return undefined;
  const until =
    waiting.until === Infinity
      ? t(language, { fa: 'مهلتی ندارد', en: 'without an end' })
      : momentOf(language, waiting.until);
  return html`<dl class="facts">
    <dt>${t(language, { fa: 'منتظرِ', en: 'Waits on' })}</dt>
    <dd>${t(language, PARTIES[waiting.on])}</dd>
    <dt>${t(language, { fa: 'از', en: 'Since' })}</dt>
    <dd>${momentOf(language, waiting.since)}</dd>
    <dt>${t(language, { fa: 'تا', en: 'Until' })}</dt>
    <dd>${until}</dd>
  </dl>`;
}

function refusalPart(language: Language, { at, appealUntil, againFrom, note }: Refusal): Html {
  const now = t(language, { fa: 'هم‌اکنون، وقتی علت برطرف شود', en: 'at once, when the cause is put right' });
  return html`${note !== undefined && html`<p>${t(language, { fa: 'توضیح:', en: 'They say:' })} ${note}</p>`}
    <dl class="facts">
      <dt>${t(language, { fa: 'روز تصمیم', en: 'Decided on' })}</dt>
      <dd>${dayOf(language, at)}</dd>
      <dt>${t(language, { fa: 'اعتراض تا', en: 'Appeal until' })}</dt>
      <dd>
        ${dayOf(language, appealUntil)}${t(language, { fa: '؛', en: ':' })}
        ${t(language, { fa: 'با گفتن شماره پرونده به پشتیبانی؛ فرد دیگری آن را می‌خواند', en: 'by telling support the case number; another person reads it' })}
      </dd>
      <dt>${t(language, { fa: 'درخواست دوباره از', en: 'Apply again from' })}</dt>
      <dd>${againFrom <= at ? now : dayOf(language, againFrom)}</dd>
    </dl>`;
}

function actionsOf(door: Door, reply: FastifyReply, kept: KeptCase, { state, waiting }: Position): Html {
  const language = door.languageOf(reply.request);
  const text = (texts: Text): string => t(language, texts);
  const post = (path: string, name: Text, style: string): Html =>
    html`<form method="post" action="/case/${kept.number}/${path}">${door.csrfField(reply)}<input type="hidden" name="seen" value="${kept.version}"><button class="${style}">${text(name)}</button></form>`; // prettier-ignore
  const link = (path: string, name: Text): Html => html`<a class="button" href="${path}">${text(name)}</a>`;
  const parts: Part[] = [];
  const [first] = waiting?.items ?? [];
  if (state === 'DRAFT') parts.push(link(`/apply/${kept.number}`, { fa: 'ادامهٔ درخواست', en: 'Go on' }));
  if (state === 'RETURNED' && first !== undefined)
    parts.push(link(`/apply/${kept.number}/${first}`, { fa: 'اصلاح', en: 'Put it right' }));
  if (state === 'LAPSED') parts.push(post('reopen', { fa: 'باز کردن دوباره', en: 'Open it again' }, ''));
  if (state === 'APPROVED') parts.push(link('/shop', { fa: 'صفحهٔ فروشگاه', en: 'The page of your shop' }));
  if (state === 'WITHDRAWN' || state === 'REFUSED')
    parts.push(link('/apply/new', { fa: 'درخواست تازه', en: 'Apply again' }));
  if (waiting !== undefined) parts.push(post('withdraw', { fa: 'پس گرفتن درخواست', en: 'Withdraw it' }, 'danger'));
  return html`<div class="actions">${parts}</div>`;
}

const isOpen = (state: Position['state'], item: KeptItem): boolean => state === 'RETURNED' && isWithApplicant(item);

/** What the applicant is to put right stands above the rest. */
function toDoFirst({ state }: Position, items: readonly KeptItem[]): KeptItem[] {
  return items.toSorted((one, other) => Number(isOpen(state, other)) - Number(isOpen(state, one)));
}

function itemCard(
  language: Language,
  kept: KeptCase,
  item: KeptItem,
  { state, words }: Pick<Position, 'state'> & { readonly words: ReasonWords | undefined },
): Part {
  const step = STEPS.find(({ code }) => code === item.code);
  if (step === undefined && item.state !== 'failed') return undefined;
  const open = isOpen(state, item);
  const tone = isSettled(item) ? 'good' : item.state === 'failed' || open ? 'bad' : 'wait';
  return html`<section class="card${open && ' bad'}"><h3>${titleOf(language, item.code)} <span class="tag ${tone}">${t(language, ITEM_NAMES[item.state])}</span></h3>
${!isSettled(item) && reasonOf(language, item, words)}
${step !== undefined && valuesOf(language, kept, step)}
${item.source !== undefined && html`<p class="soft">${t(language, item.source === 'owner' ? { fa: 'خودتان نوشتید', en: 'Typed by you' } : { fa: 'همکار ما برایتان نوشت', en: 'Typed for you by a clerk' })}</p>`}
${open && html`<p><a href="/apply/${kept.number}/${item.code}">${t(language, { fa: 'اصلاح', en: 'Put it right' })}</a></p>`}</section>`; // prettier-ignore
}

const ITEM_NAMES: Readonly<Record<KeptItem['state'], Text>> = {
  not_required: { fa: 'لازم نیست', en: 'not needed' },
  due: { fa: 'منتظر شما', en: 'waits on you' },
  submitted: { fa: 'رسید', en: 'received' },
  verifying: { fa: 'در حال استعلام', en: 'being checked' },
  met: { fa: 'پذیرفته', en: 'accepted' },
  failed: { fa: 'پذیرفته نشد', en: 'not accepted' },
  unknown: { fa: 'بررسی با همکار ما', en: 'with a colleague' },
  waived: { fa: 'لازم دانسته نشد', en: 'not asked for' },
  expired: { fa: 'اعتبارش پایان یافت', en: 'has ended' },
};
