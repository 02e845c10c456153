import type { FastifyReply } from 'fastify';
import { digitsOf } from '../../../field/persian.ts';
import { fieldDevice, reasonWords, type FieldDevice, type KeptCase, type NeededPaper } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { choiceOf, fieldOf, summaryOf, type FieldFault } from '../../fields.ts';
import { html, type Html } from '../../html.ts';
import { digits, ltr, t, type Language, type Text } from '../../language.ts';
import { BECOMES } from '../../device.ts';
import { reasonOf } from '../case/reason.ts';
import { papersPlace } from './papers-place.ts';
import { itemOf, shownValue, stepsOf, type Step } from './steps.ts';
import { TERMS } from './terms.ts';

/** What a step page shows besides what stands. */
export interface StepState {
  /** As typed; undefined: what is kept. */
  readonly typed?: Readonly<Record<string, string>>;
  readonly faults?: readonly FieldFault[];
  /** Somebody else changed the case since the page was opened. */
  readonly stale?: boolean;
  /** The device that a list has under the typed number; null: none has. */
  readonly device?: FieldDevice | null;
}

export async function stepPage(
  door: Door,
  reply: FastifyReply,
  kept: KeptCase,
  step: Step,
  { typed, faults = [], stale = false, device }: StepState = {},
): Promise<FastifyReply> {
  const language = door.languageOf(reply.request);
  const text = (texts: Text): string => t(language, texts);
  const item = itemOf(kept, step.code);
  const value = (name: string): string => {
    const field = step.fields.find((one) => one.name === name) ?? { name, label: step.title, help: step.title };
    return typed?.[name] ?? shownValue(language, field, item?.value?.[name]);
  };
  const steps = stepsOf(kept);
  const place = steps.findIndex(({ code }) => code === step.code) + 1;
  const drafting = kept.facts.submittedAt === undefined;
  const found = device === undefined && step.code === 'terminal' && /^\d{8}$/.test(digitsOf(value('number'))) ? await fieldDevice(door.pool(), digitsOf(value('number'))) : device; // prettier-ignore
  const words = drafting || item === undefined ? undefined : (await reasonWords(door.pool(), [item])).get(step.code);
  const body = html`${drafting && html`<p class="soft">${text({ fa: `مرحلهٔ ${digits('fa', place)} از ${digits('fa', steps.length)}`, en: `Step ${place} of ${steps.length}` })} · ${text({ fa: 'پرونده', en: 'Case' })} ${ltr(kept.number)}</p>
<progress max="${steps.length}" value="${place - 1}" aria-hidden="true"></progress>`}
<h1>${text(step.title)}</h1>
${summaryOf(language, faults)}
${stale && staleNote(language)}
${item !== undefined && words !== undefined && html`<div class="card wait">${reasonOf(language, item, words)}</div>`}
<p>${text(step.lead)}</p>
<form method="post" action="/apply/${kept.number}/${step.code}" novalidate>
${door.csrfField(reply)}<input type="hidden" name="seen" value="${kept.version}"><input type="hidden" name="item" value="${item?.version ?? 0}">
${fieldsOf(language, kept, step, value, faults, found)}
${papersPlace(door, reply, kept, step.code)}
<div class="actions"><button class="button">${text(drafting ? { fa: 'ذخیره و ادامه', en: 'Keep and go on' } : { fa: 'فرستادن اصلاح', en: 'Send what is put right' })}</button>
<a href="${drafting ? '/apply' : '/case'}/${kept.number}">${text({ fa: 'بازگشت', en: 'Back' })}</a></div>
</form>
${drafting && html`<p class="soft">${text({ fa: 'هر مرحله که ذخیره شود می‌ماند؛ با همین شماره همراه از هر گوشی یا رایانه‌ای ادامه دهید.', en: 'What is kept stays: go on from any phone or computer with the same mobile.' })}</p>`}`; // prettier-ignore
  const status = stale ? 409 : faults.length > 0 ? 422 : 200;
  const scripts = kept.rules.papers.some((paper) => paper.item === step.code) ? PAPER_SCRIPTS : [];
  return door.render(reply, { title: text(step.title), body, status, scripts });
}

/** Of the papers of a step. */
const PAPER_SCRIPTS: readonly string[] = ['papers.js'];

function staleNote(language: Language): Html {
  return html`<div class="card wait" role="alert"><p><strong>${t(language, { fa: 'پرونده در این میان تغییر کرد.', en: 'The case was changed meanwhile.' })}</strong>
${t(language, { fa: 'شاید در صفحه یا دستگاه دیگری. آنچه نوشتید در زیر هست و هنوز ذخیره نشده؛ آن را بررسی کنید و اگر درست است دوباره بفرستید.', en: 'Perhaps in another tab or on another device. What you typed stands below and is not kept yet: look at it, and send it again if it is right.' })}</p></div>`; // prettier-ignore
}

function fieldsOf(
  language: Language,
  kept: KeptCase,
  step: Step,
  value: (name: string) => string,
  faults: readonly FieldFault[],
  device: FieldDevice | null | undefined,
): Html {
  if (step.code === 'terms') return termsOf(language, kept, value('version'), faults);
  const fields = step.fields.map((field) =>
    fieldOf({
      name: field.name,
      label: t(language, field.label),
      help: t(language, field.help),
      value: value(field.name),
      faults,
      ltr: field.number === true || field.date === true || field.ltr === true,
      required: step.code !== 'terminal',
      ...(field.number === true ? { inputmode: 'numeric' as const } : {}),
      ...(field.long === true ? { type: 'textarea' as const } : {}),
      ...(field.autocomplete === undefined ? {} : { autocomplete: field.autocomplete }),
    }),
  );
  if (step.code !== 'terminal') return html`${fields}`;
  const wish = choiceOf({
    name: 'wish',
    label: t(language, { fa: 'کارت‌خوان دارید؟', en: 'Have you a terminal?' }),
    value: value('wish'),
    faults,
    options: [
      {
        value: 'own',
        label: t(language, { fa: 'بله، کارت‌خوان دارم', en: 'Yes, I have one' }),
        help: t(language, { fa: 'شماره‌اش را در زیر بنویسید', en: 'Type its number below' }),
      },
      {
        value: 'new',
        label: t(language, { fa: 'ندارم، یک دستگاه می‌خواهم', en: 'No, I want one' }),
        help: t(language, { fa: 'پس از تأیید برایتان فرستاده می‌شود', en: 'It is sent to you after the approval' }),
      },
    ],
  });
  return html`${wish} ${deviceOf(language, device)} ${fields}`;
}

/** What becomes of the device that was found. */
function deviceOf(language: Language, device: FieldDevice | null | undefined): Html {
  if (device === undefined) return html``;
  if (device === null)
    return html`<div class="card wait" role="status"><p>${t(language, { fa: 'این شماره در فهرست شرکت‌های پرداخت نیست. سریال و مدل را از برچسب پشت دستگاه بنویسید؛ همکار ما می‌گوید به‌روزرسانی می‌شود یا عوض.', en: 'No list of a payment company has this number. Type serial and model from the label at its back: a colleague tells you whether it is updated or replaced.' })}</p></div>`; // prettier-ignore
  return html`<div class="card good" role="status"><p>${t(language, { fa: 'پیدا شد:', en: 'Found:' })} ${ltr(device.model)} · ${t(language, { fa: 'شرکت پرداخت', en: 'payment company' })} ${device.psp} · ${ltr(device.serial)}</p><p>${t(language, BECOMES[device.becomes])}</p></div>`; // prettier-ignore
}

function termsOf(language: Language, kept: KeptCase, value: string, faults: readonly FieldFault[]): Html {
  const { terms } = kept.rules;
  return html`<ol>
      ${(TERMS[terms] ?? []).map((text) => html`<li>${t(language, text)}</li>`)}
    </ol>
    ${choiceOf({
      name: 'version',
      label: t(language, { fa: 'پذیرش', en: 'Consent' }),
      value,
      faults,
      options: [
        {
          value: terms,
          label: t(language, { fa: 'این شرایط را می‌پذیرم', en: 'I accept these terms' }),
          help: t(language, { fa: `نسخهٔ \u2066${digits('fa', terms)}\u2069`, en: `Version ${terms}` }),
        },
      ],
    })}`;
}

/** The fault of a paper that a step still needs. */
export function paperFault(language: Language, { fa, en }: NeededPaper): FieldFault {
  return {
    name: 'papers',
    label: t(language, { fa, en }),
    text: t(language, { fa: 'هنوز نرسیده است؛ عکس آن را بفرستید', en: 'has not come yet: send its picture' }),
  };
}
