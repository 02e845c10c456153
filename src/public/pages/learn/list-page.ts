import type { FastifyReply, FastifyRequest } from 'fastify';
import { LESSONS } from '../../../training/index.ts';
import type { Door } from '../../door.ts';
import { fieldOf, summaryOf, type FieldFault } from '../../fields.ts';
import { html, type Html } from '../../html.ts';
import { digits, t, type Text } from '../../language.ts';
import type { Learner } from './learner.ts';
import { WORDS } from './words.ts';

interface Shown extends Learner {
  readonly door: Door;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Whether there is anything to practise on. */
  readonly open: boolean;
  readonly fault: Text | undefined;
}

/** `/learn`: the lessons, who is there, the guide for the counter. */
export function listPage({ door, request, reply, seat, staff, open, fault }: Shown): Promise<FastifyReply> {
  const language = door.languageOf(request);
  const say = (text: Text): string => t(language, text);
  const title = say({ fa: 'آموزش فروش با کالابرگ', en: 'Learn to sell by voucher' });
  const label = say({ fa: 'کد تمرین', en: 'Practice code' });
  const faults: FieldFault[] = fault === undefined ? [] : [{ name: 'code', label, text: say(fault) }];
  const body = html`<h1>${title}</h1>
    ${summaryOf(language, faults)}
    <p>${say({ fa: 'هشت درس کوتاه؛ هر کدام یک دقیقه خواندن و یک کار روی پایانهٔ تمرینی. پایانه راستی می‌فروشد، اما در دفتری جدا و بی‌پول.', en: 'Eight short lessons: a minute to read each, and one task on a practice terminal. It really sells, in books apart and without money.' })}</p>
    ${staff !== undefined && html`<p class="card good"><strong>${staff.name}</strong>: ${doneText(language, staff.finished.size)}</p>`}
    <ol class="lessons">${LESSONS.map(({ code }) => html`<li><a href="/learn/${code}">${t(language, WORDS[code].title)}</a>${isFinished({ seat, staff }, code) && html` <span class="tag good">${say({ fa: 'گذرانده شد', en: 'done' })}</span>`}</li>\n`)}</ol>
    ${seat !== undefined && html`<form method="post" action="/learn/leave">${door.csrfField(reply)}<button class="link">${say({ fa: 'پایان تمرین در این دستگاه', en: 'End practising on this device' })}</button></form>`}
    ${!open && html`<p class="card wait">${say({ fa: 'پایانهٔ تمرینی اینجا روشن نیست؛ درس‌ها را می‌توانید بخوانید.', en: 'The practice terminal is not on here; the lessons can be read.' })}</p>`}
    ${open && staff === undefined && enterForm(door, reply, say, label, faults)}
    <h2>${say({ fa: 'راهنمای کنار صندوق', en: 'A guide for the counter' })}</h2>
    <p>${say({ fa: 'یک برگ A4 برای چاپ: چگونه بفروشیم، کدهای رد، هنگام قطع خط.', en: 'One sheet of A4 to print: how to sell, codes of refusals, what to do when the line is cut.' })}</p>
    <div class="actions"><a class="button second" href="/learn/guide-fa.pdf">${say({ fa: 'راهنما (PDF فارسی)', en: 'Guide (PDF, Persian)' })}</a><a class="button second" href="/learn/guide-en.pdf">${say({ fa: 'راهنما (PDF انگلیسی)', en: 'Guide (PDF, English)' })}</a></div>`; // prettier-ignore
  return door.render(reply, { title, body, ...(fault === undefined ? {} : { status: 422 }) });
}

function enterForm(
  door: Door,
  reply: FastifyReply,
  say: (text: Text) => string,
  label: string,
  faults: FieldFault[],
): Html {
  return html`<h2>${say({ fa: 'کارکنان فروشگاه', en: 'People of a shop' })}</h2>
    <p>${say({ fa: 'هر کس می‌تواند بخواند و تمرین کند. اگر مالک فروشگاه به شما کد داده است، آن را بزنید تا درس‌ها به نام شما ثبت شود؛ شماره همراه نمی‌خواهد.', en: 'Anybody may read and practise. If the owner of your shop gave you a code, type it, and your lessons are recorded by your name; no mobile is needed.' })}</p>
    <form method="post" action="/learn/enter">${door.csrfField(reply)}
    ${fieldOf({ name: 'code', label, help: say({ fa: 'ده رقم', en: 'Ten digits' }), value: '', faults, inputmode: 'numeric', ltr: true, autocomplete: 'off', maxlength: 20 })}
    <button class="button">${say({ fa: 'ورود', en: 'Enter' })}</button></form>`; // prettier-ignore
}

export function isFinished({ seat, staff }: Learner, lesson: string): boolean {
  return staff === undefined
    ? (seat?.finished as readonly string[] | undefined)?.includes(lesson) === true
    : staff.finished.has(lesson);
}

export function doneText(language: 'fa' | 'en', count: number): string {
  return t(language, {
    fa: `${digits('fa', count)} درس از ${digits('fa', LESSONS.length)} درس گذرانده شد`,
    en: `${count} of ${LESSONS.length} lessons done`,
  });
}
