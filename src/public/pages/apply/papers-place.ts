import type { FastifyReply } from 'fastify';
import type { ItemCode, KeptCase, KeptPaper, NeededPaper } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { comma, countOf, digits, t, type Language, type Text } from '../../language.ts';

const WORDS = {
  here: { fa: 'رسیده است', en: 'is here' },
  due: { fa: 'هنوز نرسیده', en: 'has not come yet' },
  camera: { fa: 'عکس بگیرید', en: 'Take a picture' },
  file: { fa: 'انتخاب از گوشی', en: 'Choose a file' },
  remove: { fa: 'حذف', en: 'Remove' },
  again: { fa: 'دوباره بفرست', en: 'Send it again' },
  sending: { fa: 'در حال فرستادن…', en: 'Being sent…' },
  checking: { fa: 'رسید؛ در حال بررسی…', en: 'It came; being checked…' },
  large: {
    fa: 'این پرونده از ۱۰ مگابایت بزرگ‌تر است؛ با کیفیت کمتر عکس بگیرید.',
    en: 'The file is larger than 10 MiB: take it with less quality.',
  },
  lost: {
    fa: 'اتصال قطع شد و چیزی ثبت نشد. دوباره بفرستید.',
    en: 'The connection was lost, and nothing was kept. Send it again.',
  },
} as const satisfies Readonly<Record<string, Text>>;

/** Where the papers of a step are uploaded and seen. assets/papers.js does the uploading, in the words that stand here. */
export function papersPlace(door: Door, reply: FastifyReply, kept: KeptCase, item: ItemCode): Html {
  const language = door.languageOf(reply.request);
  const needed = kept.rules.papers.filter((paper) => paper.item === item);
  if (needed.length === 0) return html``;
  return html`<section id="papers" class="papers" data-papers="/apply/${kept.number}/papers/${item}" data-removal="/apply/${kept.number}/papers" data-csrf="${door.csrfToken(reply)}" data-words="${paperWords(language)}">
    <h2>${t(language, { fa: 'تصویر مدارک', en: 'Pictures of the papers' })}</h2>
    <p class="help">${t(language, { fa: 'از خود مدرک، در نور خوب و از روبه‌رو عکس بگیرید تا همهٔ نوشته‌ها خوانده شود. عکس JPEG یا PNG، یا یک PDF، تا ۱۰ مگابایت. نشانی مکانی و مشخصات گوشی از عکس پاک می‌شود.', en: 'Photograph the paper itself from the front, in good light, so that everything can be read. JPEG, PNG or PDF, 10 MiB at most. Where and with what it was taken is removed from it.' })}</p>
    <noscript><p class="card wait">${t(language, { fa: 'برای فرستادن عکس، جاوااسکریپت مرورگر را روشن کنید؛ یا مدارک را به دفتر بیاورید تا همکار ما ثبت کند.', en: 'Turn on JavaScript to send pictures; or bring the papers to the office, where a colleague adds them.' })}</p></noscript>
    ${needed.map((paper) => placeOf(language, kept, paper))}
  </section>`; // prettier-ignore
}

function placeOf(language: Language, kept: KeptCase, needed: NeededPaper): Html {
  const there = kept.papers.filter(({ item, kind }) => item === needed.item && kind === needed.kind);
  const id = `paper-${needed.kind}`;
  return html`<div class="card paper${there.length > 0 && ' good'}" data-kind="${needed.kind}">
    <h3 id="${id}">${t(language, needed)}: <span data-state>${t(language, there.length > 0 ? WORDS.here : WORDS.due)}</span></h3>
    <ul class="plain" data-list>${there.map((paper) => keptOf(language, `/apply/${kept.number}/papers`, paper))}</ul>
    ${chooserOf(language, id)}
  </div>`; // prettier-ignore
}

/** The words of assets/papers.js, as a page holds them. */
export function paperWords(language: Language): string {
  return JSON.stringify(Object.fromEntries(Object.entries(WORDS).map(([name, text]) => [name, t(language, text)])));
}

/** Camera, file, progress: shown once scripts run. */
export function chooserOf(language: Language, label: string): Html {
  return html`<div class="actions" data-choose hidden>
      <label class="button second">${t(language, WORDS.camera)}<input class="hidden" type="file" accept="image/*" capture="environment" aria-describedby="${label}"></label>
      <label class="button second">${t(language, WORDS.file)}<input class="hidden" type="file" accept="image/jpeg,image/png,application/pdf" aria-describedby="${label}"></label>
    </div>
    <div data-progress role="status"></div>`; // prettier-ignore
}

/** One that is there. Its button sends no form: who presses Enter in a field means the step.
 *  @param removal below which it is removed; undefined: it stays */
export function keptOf(
  language: Language,
  removal: string | undefined,
  { id, bytes, pages, media }: Pick<KeptPaper, 'id' | 'bytes' | 'pages' | 'media'>,
): Html {
  const size = digits(language, Math.max(1, Math.round(bytes / 1_024)));
  const what =
    media === 'application/pdf'
      ? `PDF${comma(language)}${countOf(language, pages, { fa: 'صفحه', en: 'page' })}`
      : t(language, { fa: 'عکس', en: 'picture' });
  return html`<li data-paper="${id}">${what} · ${size} ${t(language, { fa: 'کیلوبایت', en: 'KB' })}
    ${removal !== undefined && html`<button type="button" class="link" data-remove="${removal}/${id}/removal">${t(language, WORDS.remove)}</button>`}</li>`; // prettier-ignore
}
