import type { AssetPath } from './assets.ts';
import { html, type Html, type Part } from './html.ts';
import { t, type Language, type Text } from './language.ts';

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Default 200. */
  readonly status?: number;
  /** Modules of assets/, by name. The page works without them wherever it can. */
  readonly scripts?: readonly string[];
  /** `wide`: tables and print; default: a column of reading width. */
  readonly width?: 'wide';
  /** Default: the reader's. */
  readonly language?: Language;
}

/** What surrounds a page. */
export interface Frame {
  readonly language: Language;
  /** Path and query of the page, for the switch of language. */
  readonly here: string;
  readonly asset: AssetPath;
  /** Masked, of whoever is signed in. */
  readonly owner?: string | undefined;
  /** Field of the form that signs out. */
  readonly csrf?: Part;
}

const BRAND: Text = { fa: 'کالابرگ فروشگاه‌ها', en: 'Kalabarg for shops' };
const NAVIGATION: readonly (readonly [path: string, text: Text])[] = [
  ['/apply', { fa: 'ثبت درخواست', en: 'Apply' }],
  ['/case', { fa: 'پیگیری پرونده', en: 'Your case' }],
  ['/shop', { fa: 'فروشگاه من', en: 'My shop' }],
  ['/learn', { fa: 'آموزش', en: 'Learn' }],
  ['/goods', { fa: 'کالاها', en: 'Goods' }],
  ['/shops', { fa: 'فروشگاه‌ها', en: 'Shops' }],
];

/** The whole document. */
export function documentOf({ title, body, scripts = [], width }: Page, frame: Frame): string {
  const { language, asset, here } = frame;
  const text = (texts: Text): string => t(language, texts);
  const other = language === 'fa' ? 'en' : 'fa';
  return html`<!doctype html>
<html lang="${language}" dir="${language === 'fa' ? 'rtl' : 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${text(BRAND)}</title>
<link rel="icon" type="image/svg+xml" href="${asset('mark.svg')}">
<link rel="preload" as="font" type="font/woff2" crossorigin href="${asset('vazirmatn-arabic-wght-normal.woff2')}">
<link rel="stylesheet" href="${asset('door.css')}">
${scripts.map((name) => html`<script type="module" src="${asset(name)}"></script>\n`)}</head>
<body>
<a class="skip" href="#main">${text({ fa: 'رفتن به متن', en: 'Skip to the text' })}</a>
<header class="top">
<a class="brand" href="/"><img src="${asset('mark.svg')}" alt="" width="28" height="28">${text(BRAND)}</a>
<nav aria-label="${text({ fa: 'بخش‌ها', en: 'Sections' })}">
${NAVIGATION.map(([path, name]) => html`<a href="${path}"${isAt(here, path) && html` aria-current="page"`}>${text(name)}</a>\n`)}</nav>
<a class="tongue" href="/language?to=${other}&amp;back=${encodeURIComponent(here)}" lang="${other}" hreflang="${other}">${t(other, { fa: 'فارسی', en: 'English' })}</a>
</header>
<main id="main" tabindex="-1"${width === 'wide' && html` class="wide"`}>
${body}
</main>
<footer>
${frame.owner !== undefined && html`<form method="post" action="/sign-out">${frame.csrf}<p>${text({ fa: 'با این شماره وارد شده‌اید:', en: 'Signed in as' })} <bdi dir="ltr">${frame.owner}</bdi> <button class="link">${text({ fa: 'خروج', en: 'Sign out' })}</button></p></form>`}
<p>${text({ fa: 'ما هرگز پیوند (لینک) پیامک نمی‌کنیم و رمز کارت کسی را نمی‌پرسیم.', en: 'We never send a link by SMS, and never ask for the PIN of a card.' })}</p>
</footer>
</body>
</html>
`.toString(); // prettier-ignore
}

function isAt(here: string, path: string): boolean {
  return here === path || here.startsWith(`${path}/`) || here.startsWith(`${path}?`);
}
