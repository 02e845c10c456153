import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AtTerminal } from '../../../practice/index.ts';
import { LESSONS, type LessonCode } from '../../../training/index.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { digits, ltr, t, type Language, type Text } from '../../language.ts';
import { REFUSALS } from './codes.ts';
import type { Learner } from './learner.ts';
import { isFinished } from './list-page.ts';
import { counterOf, terminalForm } from './terminal.ts';
import { WARNINGS, WORDS } from './words.ts';

interface Shown extends Learner {
  readonly door: Door;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly lesson: LessonCode;
  /** At the drawn terminal, with this lesson begun. */
  readonly at: AtTerminal | undefined;
  readonly open: boolean;
  readonly fault: Text | undefined;
}

/** `/learn/<lesson>`: what it says, and its task. */
export function lessonPage(shown: Shown): Promise<FastifyReply> {
  const { door, request, reply, lesson, fault } = shown;
  const language = door.languageOf(request);
  const { title: name, says, points } = WORDS[lesson];
  const number = LESSONS.findIndex(({ code }) => code === lesson);
  const next = LESSONS[number + 1]?.code;
  const title = t(language, name);
  const body = html`<p class="soft"><a href="/learn">${t(language, { fa: 'آموزش', en: 'Lessons' })}</a> · ${t(language, { fa: `درس ${digits('fa', number + 1)} از ${digits('fa', LESSONS.length)}`, en: `Lesson ${number + 1} of ${LESSONS.length}` })}</p>
    <h1>${title}</h1>
    ${says.map((text) => html`<p>${t(language, text)}</p>`)}
    <ul>${points.map((text) => html`<li>${t(language, text)}</li>`)}</ul>
    ${lesson === 'refusals' && codesOf(language)}
    ${practiceOf(language, shown)}
    <div class="actions">${next !== undefined && html`<a class="button${!isFinished(shown, lesson) && ' second'}" href="/learn/${next}">${t(language, { fa: 'درس بعد', en: 'Next lesson' })}</a>`}<a class="button second" href="/learn">${t(language, { fa: 'همهٔ درس‌ها', en: 'All lessons' })}</a></div>`; // prettier-ignore
  return door.render(reply, { title, body, scripts: ['learn.js'], ...(fault === undefined ? {} : { status: 422 }) });
}

function practiceOf(language: Language, shown: Shown): Html {
  const { door, reply, lesson, at, open, fault, staff } = shown;
  const say = (text: Text): string => t(language, text);
  const begin = (text: Text, second: boolean): Html =>
    html`<form method="post" action="/learn/${lesson}/begin">${door.csrfField(reply)}<button class="button${second && ' second'}">${say(text)}</button></form>`; // prettier-ignore
  return html`<section id="practice" data-practice aria-labelledby="task">
    <h2 id="task">${say({ fa: 'تمرین', en: 'Practice' })}</h2>
    <p class="card">${say(WORDS[lesson].task)}</p>
    ${!open && html`<p class="card wait">${say({ fa: 'پایانهٔ تمرینی اینجا روشن نیست.', en: 'The practice terminal is not on here.' })}</p>`}
    ${open && at === undefined && html`${fault !== undefined && html`<p class="fault" role="alert">${say(fault)}</p>`}${begin({ fa: 'آغاز تمرین', en: 'Begin' }, false)}`}
    ${at !== undefined && html`${stepsOf(language, lesson, at)}
      ${at.done && html`<p class="card good" role="status"><strong>${say({ fa: 'آفرین! دفتر هم همین را می‌گوید: درست انجام شد.', en: 'Well done: the books say so too.' })}</strong>${staff !== undefined && html` ${say({ fa: 'به نام شما ثبت شد:', en: 'Recorded for' })} ${staff.name}`}</p>`}
      ${counterOf(language, lesson, at.seat.shown?.pan)}
      ${terminalForm({ language, lesson, csrf: door.csrfField(reply), at, fault })}
      ${begin({ fa: 'این درس از نو', en: 'This lesson again' }, true)}`}
  </section>`; // prettier-ignore
}

function stepsOf(language: Language, lesson: LessonCode, { checked }: AtTerminal): Html {
  const mark = (done: boolean): string => (done ? '✓' : '○');
  const state = (done: boolean): Text => (done ? { fa: 'انجام شد', en: 'done' } : { fa: 'مانده', en: 'open' });
  return html`<ul class="task-steps" aria-label="${t(language, { fa: 'آنچه دفتر باید نشان دهد', en: 'What the books must show' })}">${checked.steps.map(({ code, done }) => html`<li class="${done ? 'done' : 'open'}"><span aria-hidden="true">${mark(done)}</span> ${t(language, WORDS[lesson].steps[code] ?? { fa: code, en: code })} <span class="hidden">(${t(language, state(done))})</span></li>`)}</ul>
    ${checked.warning !== undefined && html`<p class="card wait" role="alert">${t(language, WARNINGS[checked.warning] ?? { fa: '', en: '' })}</p>`}`; // prettier-ignore
}

function codesOf(language: Language): Html {
  const head = (text: Text) => html`<th scope="col">${t(language, text)}</th>`;
  return html`<div class="scroll"><table><thead><tr>${head({ fa: 'کد', en: 'Code' })}${head({ fa: 'چیست', en: 'What it is' })}${head({ fa: 'چه کنید', en: 'What to do' })}</tr></thead><tbody>${REFUSALS.map(({ rc, means, say }) => html`<tr><td>${ltr(digits(language, rc))}</td><td>${t(language, means)}</td><td>${t(language, say)}</td></tr>`)}</tbody></table></div>`; // prettier-ignore
}
