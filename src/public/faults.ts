import { GatewayError } from '../ops/errors.ts';
import { html, type Html } from './html.ts';
import { t, type Language, type Text } from './language.ts';

/** Errors as the people in front of the door read them: what happened, and what to do. */
export interface Fault {
  readonly status: number;
  readonly title: Text;
  readonly detail: Text;
}

const FAULTS = {
  unknown: {
    status: 404,
    title: { fa: 'چنین صفحه‌ای نیست', en: 'There is no such page' },
    detail: {
      fa: 'نشانی را بررسی کنید، یا از صفحهٔ نخست آغاز کنید.',
      en: 'Check the address, or begin at the first page.',
    },
  },
  form: {
    status: 400,
    title: { fa: 'این فرم خوانده نشد', en: 'The form could not be read' },
    detail: {
      fa: 'صفحه را دوباره باز کنید و فرم را از همان‌جا بفرستید.',
      en: 'Open the page again, and send the form from there.',
    },
  },
  csrf: {
    status: 403,
    title: { fa: 'فرم از این مرورگر نیامده است', en: 'The form does not come from this browser' },
    detail: {
      fa: 'چیزی ثبت نشد. به صفحهٔ پیش برگردید، آن را تازه کنید و دوباره بفرستید. مرورگر باید کوکی‌های این سایت را بپذیرد.',
      en: 'Nothing was kept. Go back, reload the page and send it again. The browser must accept the cookies of this site.',
    },
  },
  large: {
    status: 413,
    title: { fa: 'آنچه فرستادید بیش از اندازه بزرگ است', en: 'What you sent is too large' },
    detail: {
      fa: 'چیزی ثبت نشد. متن را کوتاه‌تر یا پرونده را کوچک‌تر کنید و دوباره بفرستید.',
      en: 'Nothing was kept. Make the text shorter or the file smaller, and send it again.',
    },
  },
  slow: {
    status: 408,
    title: { fa: 'فرم به پایان نرسید', en: 'The form did not come to its end' },
    detail: {
      fa: 'چیزی ثبت نشد. اتصال خود را بررسی کنید و فرم را دوباره بفرستید.',
      en: 'Nothing was kept. Check your connection, and send the form again.',
    },
  },
  often: {
    status: 429,
    title: { fa: 'درخواست‌ها پشت سر هم بود', en: 'Too many requests at once' },
    detail: {
      fa: 'چیزی از دست نرفته است. چند ثانیه صبر کنید و صفحه را تازه کنید.',
      en: 'Nothing is lost. Wait a few seconds, and reload the page.',
    },
  },
  failed: {
    status: 500,
    title: { fa: 'خطا از سامانهٔ ماست', en: 'The fault is ours' },
    detail: {
      fa: 'چیزی نیمه‌کاره ثبت نشده است. چند دقیقهٔ دیگر دوباره تلاش کنید؛ اگر باز هم نشد، شناسهٔ زیر را به پشتیبانی بگویید.',
      en: 'Nothing was kept by halves. Try again in a few minutes; if it still fails, tell support the number below.',
    },
  },
  busy: {
    status: 503,
    title: { fa: 'سامانه در این لحظه آماده نیست', en: 'Not ready at this moment' },
    detail: {
      fa: 'چیزی از دست نرفته است. یک دقیقهٔ دیگر صفحه را تازه کنید.',
      en: 'Nothing is lost. Reload the page in a minute.',
    },
  },
} as const satisfies Readonly<Record<string, Fault>>;
export type FaultName = keyof typeof FAULTS;

const OF_CODES: Readonly<Record<string, FaultName>> = {
  'public.form': 'form',
  'public.csrf': 'csrf',
  'public.unknown': 'unknown',
  'shops.unknown': 'unknown',
};

/** What an error is to the reader. */
export function faultOf(error: unknown): Fault & { readonly name: FaultName } {
  const name = nameOf(error);
  return { name, ...FAULTS[name] };
}

export function knownFault(name: FaultName): Fault {
  return FAULTS[name];
}

function nameOf(error: unknown): FaultName {
  if (error instanceof GatewayError) return OF_CODES[error.code] ?? 'failed';
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  if (statusCode === 413) return 'large';
  if (statusCode === 408) return 'slow';
  if (statusCode === 404) return 'unknown';
  if (statusCode !== undefined && statusCode < 500) return 'form';
  return code !== undefined && AWAY.test(code) ? 'busy' : 'failed';
}

/** The database cannot be reached just now: of the system, or SQLSTATE classes 08, 53 and 57. */
const AWAY = /^(?:E[A-Z]+|08\w{3}|53\w{3}|57P0\d)$/;

/** @param id of the request, which the log has too */
export function faultPage(language: Language, { title, detail, status }: Fault, id?: string): Html {
  return html`<h1>${t(language, title)}</h1>
    <p>${t(language, detail)}</p>
    ${status === 500 && id !== undefined && html`<p><bdi dir="ltr">${id}</bdi></p>`}
    <p><a class="button" href="/">${t(language, { fa: 'صفحهٔ نخست', en: 'First page' })}</a></p>`;
}
