import type { FastifyReply } from 'fastify';
import { isWithApplicant, type KeptCase } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { html, type Html, type Part } from '../../html.ts';
import { dayOf, digits, ltr, t, type Language, type Text } from '../../language.ts';
import { itemOf, shownValue, stepsOf, type Step } from './steps.ts';

/** All that was typed, to be read once more before it is sent.
 *  @param said why it was not sent */
export function summaryPage(
  door: Door,
  reply: FastifyReply,
  kept: KeptCase,
  said?: 'stale' | 'refused' | 'faults',
): Promise<FastifyReply> {
  const language = door.languageOf(reply.request);
  const text = (texts: Text): string => t(language, texts);
  const steps = stepsOf(kept);
  const open = steps.filter(({ code }) => isOpen(kept, code));
  const guild = kept.rules.guilds.find(({ code }) => code === kept.guild);
  const title = text({ fa: 'پیش از فرستادن، یک بار بخوانید', en: 'Read it once before you send it' });
  const body = html`<h1>${title}</h1>
${said !== undefined && html`<div class="card wait" role="alert"><p>${text(said === 'stale' ? { fa: 'پرونده در این میان در جای دیگری تغییر کرد. نسخهٔ تازه در زیر است؛ اگر درست است آن را بفرستید.', en: 'The case was changed elsewhere meanwhile. It stands below as it is now: send it if it is right.' } : { fa: 'هنوز فرستاده نشد: آنچه در زیر نشان‌دار است کامل نیست.', en: 'Not sent yet: what is marked below is not complete.' })}</p></div>`}
<dl class="facts"><dt>${text({ fa: 'شماره پرونده', en: 'Case number' })}</dt><dd>${ltr(kept.number)}</dd>
<dt>${text({ fa: 'فروشگاه', en: 'Shop' })}</dt><dd>${kept.name}${guild !== undefined && ` · ${text(guild)}`}</dd>
<dt>${text({ fa: 'همراه', en: 'Mobile' })}</dt><dd>${ltr(kept.applicantMobile ?? '')}</dd>
<dt>${text({ fa: 'پیش‌نویس تا', en: 'Draft until' })}</dt><dd>${dayOf(language, kept.facts.due)}</dd></dl>
${steps.map((step) => stepCard(language, kept, step))}
${open.length === 0 ? sendForm(door, reply, kept) : html`<p><a class="button" href="/apply/${kept.number}/${open[0]?.code ?? ''}">${text({ fa: 'ادامه', en: 'Go on' })}</a></p>`}
<form method="post" action="/case/${kept.number}/withdraw">${door.csrfField(reply)}<input type="hidden" name="seen" value="${kept.version}"><button class="link">${text({ fa: 'این درخواست را نمی‌خواهم؛ پسش می‌گیرم', en: 'I no longer want this application: withdraw it' })}</button></form>`; // prettier-ignore
  return door.render(reply, { title, body, ...(said === undefined ? {} : { status: 409 }) });
}

function isOpen(kept: KeptCase, code: Step['code']): boolean {
  const item = itemOf(kept, code);
  return item !== undefined && isWithApplicant(item);
}

function sendForm(door: Door, reply: FastifyReply, kept: KeptCase): Html {
  const language = door.languageOf(reply.request);
  return html`<form method="post" action="/apply/${kept.number}">
    ${door.csrfField(reply)}<input type="hidden" name="seen" value="${kept.version}" />
    <button class="button">${t(language, { fa: 'فرستادن درخواست', en: 'Send the application' })}</button>
  </form>`;
}

function stepCard(language: Language, kept: KeptCase, step: Step): Html {
  const item = itemOf(kept, step.code);
  const open = isOpen(kept, step.code);
  const missing = item?.reason === 'paper_missing' ? { fa: 'تصویر مدرک نرسیده', en: 'a paper is missing' } : { fa: 'نوشته نشده', en: 'not typed yet' }; // prettier-ignore
  return html`<section class="card${open && ' wait'}"><h2>${t(language, step.title)}${open && html` <span class="tag wait">${t(language, missing)}</span>`}</h2>
${valuesOf(language, kept, step)}
<p><a href="/apply/${kept.number}/${step.code}">${t(language, open ? { fa: 'نوشتن', en: 'Type it' } : { fa: 'تغییر', en: 'Change' })}<span class="hidden"> ${t(language, step.title)}</span></a></p></section>`; // prettier-ignore
}

/** What was typed in a step, as a list. */
export function valuesOf(language: Language, kept: KeptCase, step: Step): Part {
  const value = itemOf(kept, step.code)?.value;
  if (value === undefined) return undefined;
  if (step.code === 'terms') return html`<p>${t(language, { fa: 'پذیرفته شد، نسخهٔ', en: 'Accepted, version' })} ${ltr(digits(language, kept.rules.terms))}</p>`; // prettier-ignore
  const papers = kept.papers.filter(({ item }) => item === step.code).length;
  const wish =
    value['wish'] === 'new' && html`<p>${t(language, { fa: 'یک دستگاه می‌خواهد', en: 'Wants a device' })}</p>`;
  return html`${wish}<dl class="facts">${step.fields.map((field) => {
    const shown = shownValue(language, field, value[field.name]);
    if (shown === '') return undefined;
    const isNumber = field.number === true || field.ltr === true;
    const written = field.date === true ? ltr(digits(language, shown)) : isNumber ? ltr(shown) : shown;
    return html`<dt>${t(language, field.label)}</dt><dd>${written}</dd>`;
  })}${papers > 0 && html`<dt>${t(language, { fa: 'تصویر', en: 'Pictures' })}</dt><dd>${digits(language, papers)}</dd>`}</dl>`; // prettier-ignore
}
