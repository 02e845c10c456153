import { CUSTOMERS, POS_FAULTS, pricedIn, type PosFault, type PosView, type Result } from '../../../pos/index.ts';
import { html, type Html, type Part } from '../../html.ts';
import { digits, t, type Language, type Text } from '../../language.ts';
import type { Say } from '../../units.ts';
import { displayOf } from './display.ts';
import { paperOf } from './paper.ts';
import { wireOf } from './wire.ts';

export interface PosDrawing {
  readonly language: Language;
  readonly csrf: Part;
  readonly view: PosView;
  /** How the device says amounts, and its slips each those of their own day. */
  readonly money: Say;
  readonly printed: (result: Result) => Say;
}

/** The device, the counter and the wire. One form a group of keys, so that it works without scripts; assets/pos.js sends the same forms and
 *  puts what comes back in place. */
export function posSection({ language, csrf, view, money, printed }: PosDrawing): Html {
  const say = (text: Text): string => t(language, text);
  const { screen, faults, terminal, shop, unit } = view;
  const busy = screen.at === 'busy';
  const form = (label: Text, content: Part, kind: string): Html =>
    html`<form method="post" action="/pos" class="${kind}" aria-label="${say(label)}">${csrf}<input type="hidden" name="turn" value="${view.turn}">${content}</form>`; // prettier-ignore
  const key = (value: string, face: string, kind = 'digit', label?: Text): Html =>
    html`<button name="key" value="${value}" class="key ${kind}" data-key="${value}"${label !== undefined && html` aria-label="${say(label)}"`}${busy && html` disabled`}>${face}</button>`; // prettier-ignore
  return html`<div class="till" data-pos data-busy="${busy ? 1 : 0}">
    <div class="till-device">
      <div class="pos pos-drawn">
        <div class="pos-slot" aria-hidden="true"></div>
        <p class="pos-brand" dir="ltr">TID ${terminal}${faults.has('paper') && html` · <span>${say({ fa: 'بی‌کاغذ', en: 'no paper' })}</span>`}</p>
        <div class="pos-screen" role="status" tabindex="-1" data-screen>${displayOf(language, screen, unit, money)}</div>
        ${form({ fa: 'صفحه‌کلید', en: 'Keypad' }, html`<div class="pos-keys" dir="ltr">
          ${['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => key(digit, digits(language, digit)))}
          ${key('cancel', '✕', 'red', { fa: 'انصراف', en: 'Cancel' })}${key('0', digits(language, 0))}${key('clear', '←', 'yellow', { fa: 'پاک کردن', en: 'Clear' })}
        </div>${key('enter', say({ fa: 'تأیید', en: 'Enter' }), 'green')}`, 'pos-pad')}
      </div>
    </div>
    <div class="till-counter">
      <h2>${say({ fa: 'پیشخوان', en: 'The counter' })}</h2>
      ${form({ fa: 'کالاها', en: 'Goods' }, html`<p>${say({ fa: 'کالا را اسکن کنید، یا کدش را بزنید:', en: 'Scan a good, or type its code:' })}</p><ul class="chips">${pricedIn(unit).map(({ code, name, rials }) => html`<li><button name="good" value="${code}" class="chip"${!(screen.at === 'menu' || screen.at === 'done' || screen.at === 'how' || screen.at === 'goods') && html` disabled`}><b>${digits(language, code)}</b> ${say(name)} <small>${money(rials)}</small></button></li>`)}</ul>`, 'pos-goods')}
      ${form({ fa: 'کارت‌ها', en: 'Cards' }, html`<p>${say({ fa: 'کارت یک خانوار را وارد کنید:', en: 'Insert the card of a household:' })}</p><ul class="chips">${CUSTOMERS.map(({ household, what }) => html`<li><button name="card" value="${household}" class="chip"${screen.at !== 'card' && html` disabled`}><b>${digits(language, household)}</b> ${say(what)}</button></li>`)}</ul>
        <p><button name="pin" value="1" class="chip"${screen.at !== 'pin' && html` disabled`}>${say({ fa: 'مشتری رمزش را می‌زند (۱۲۳۴)', en: 'The customer types the PIN (1234)' })}</button></p>`, 'pos-cards')}
      ${form({ fa: 'خرابی‌ها', en: 'Faults' }, html`<h2>${say({ fa: 'خرابی‌ها', en: 'Faults' })}</h2><ul class="chips">${POS_FAULTS.map((fault) => html`<li><button name="fault" value="${fault}" class="chip" aria-pressed="${faults.has(fault) ? 'true' : 'false'}">${say(FAULTS[fault])}</button></li>`)}</ul>`, 'pos-faults')}
    </div>
    <div class="till-paper"><h2>${say({ fa: 'چاپگر', en: 'Printer' })}</h2>${paperOf(language, shop, view.slips, printed)}</div>
    <section class="till-wire" aria-labelledby="wire-head"><h2 id="wire-head">${say({ fa: 'روی سیم: ISO 8583 با TLS', en: 'On the wire: ISO 8583 over TLS' })}</h2>
      <p><small>${say({ fa: 'هر قاب را باز کنید تا بایت‌ها و فیلدها را کنار هم ببینید. شمارهٔ کارت پوشیده است؛ بلوک رمز و کلیدها هرگز نشان داده نمی‌شوند.', en: 'Open a frame to see bytes and fields side by side. Card numbers are masked; PIN blocks and keys are never shown.' })}</small></p>
      ${wireOf(language, view.frames)}
    </section>
    ${busy && html`<noscript><p><a class="button" href="/pos">${say({ fa: 'تازه کردن', en: 'Look again' })}</a></p></noscript>`}
  </div>`; // prettier-ignore
}

const FAULTS: Readonly<Record<PosFault, Text>> = {
  paper: { fa: 'کاغذ نیست', en: 'No paper' },
  line: { fa: 'خط پیش از پاسخِ فروش قطع شود', en: 'The line is cut before the sale’s answer' },
  pin: { fa: 'مشتری رمز نادرست بزند', en: 'The customer types a wrong PIN' },
  bank: { fa: 'بانکِ کارت بعدی خاموش باشد', en: 'The next card’s bank is silent' },
};

export function posIntro(language: Language): Html {
  return html`<p>${t(language, { fa: 'این یک پایانهٔ واقعی است که کشیده شده: هر کلید به شبیه‌سازی می‌رود که با گواهی خودش از راه TLS با همین درگاه ISO 8583 حرف می‌زند. کالایی را اسکن کنید، تأیید را بزنید، کارت خانوار ۷ را وارد کنید و رسید را ببینید.', en: 'A real terminal, drawn: each key goes to a simulated device that speaks ISO 8583 to this gateway over TLS, with its own certificate. Scan a good, press Enter, insert the card of household 7, and watch the slip.' })}</p>`; // prettier-ignore
}
