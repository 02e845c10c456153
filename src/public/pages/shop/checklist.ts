import { checklistOfMerchant, type ChecklistCode, type ChecklistItem } from '../../../enrolment/index.ts';
import { html, type Html } from '../../html.ts';
import { dayOf, digits, t, type Language, type Text } from '../../language.ts';
import type { Visit } from './own.ts';

const STEPS: Readonly<Record<ChecklistCode, { readonly name: Text; readonly todo: Text; readonly path?: string }>> = {
  terminal_connected: {
    name: { fa: 'پایانه وصل شد', en: 'The terminal is connected' },
    todo: {
      fa: 'پایانه را روشن کنید و «ارتباط با مرکز» را بزنید.',
      en: 'Switch it on and press “connect to the centre”.',
    },
  },
  new_menu: {
    name: { fa: 'منوی «خرید یارانه‌ای» آمد', en: 'The menu “subsidised purchase” is there' },
    todo: {
      fa: 'خودش به‌روز می‌شود؛ اگر تا فردا نیامد با پشتیبانی تماس بگیرید.',
      en: 'It updates itself; call support if it has not come by tomorrow.',
    },
  },
  staff_trained: {
    name: { fa: 'کارکنان آموزش دیدند', en: 'The staff is trained' },
    todo: {
      fa: 'نام آن‌ها را بنویسید و به هرکدام یک کد تمرین بدهید.',
      en: 'Name them, and give each a code to practise.',
    },
    path: '/staff',
  },
  first_purchase: {
    name: { fa: 'نخستین فروش', en: 'First sale' },
    todo: { fa: 'از منوی «خرید یارانه‌ای» بفروشید.', en: 'Sell by the menu “subsidised purchase”.' },
  },
  first_payout: {
    name: { fa: 'نخستین واریز', en: 'First pay-out' },
    todo: {
      fa: 'شب همان روز فروش در نوبت پایا گذاشته می‌شود.',
      en: 'It is put into Paya in the night after the first sale.',
    },
  },
};

/** What is still to be done until the shop is paid for the first time; nothing once all of it is done. */
export async function checklistCard({ read, language, shop, now, base }: Visit): Promise<Html | undefined> {
  const items = await read((db) => checklistOfMerchant(db, shop.merchant, now));
  const done = items.filter(({ state }) => state === 'done').length;
  if (done === items.length) return undefined;
  const title = t(language, { fa: 'گام‌های آغاز', en: 'First steps' });
  const count = t(language, {
    fa: `${digits('fa', done)} از ${digits('fa', items.length)}`,
    en: `${done} of ${items.length}`,
  });
  return html`<section class="card" id="first-steps"><h2>${title} <span class="tag ${done === 0 ? 'wait' : 'good'}">${count}</span></h2>
    <ol>${items.map((item) => html`<li>${stepOf(language, base, item)}</li>`)}</ol></section>`; // prettier-ignore
}

function stepOf(language: Language, base: string, { code, state, at }: ChecklistItem): Html {
  const { name, todo, path } = STEPS[code];
  if (state === 'done')
    return html`<strong>${t(language, name)}</strong> <span class="tag good">${t(language, { fa: 'انجام شد', en: 'done' })}</span>${at !== null && html` <small>${dayOf(language, Date.parse(at))}</small>`}`; // prettier-ignore
  const text = t(language, todo);
  return html`${t(language, name)}<br /><small
      >${path === undefined ? text : html`<a href="${base}${path}">${text}</a>`}</small
    >`;
}
