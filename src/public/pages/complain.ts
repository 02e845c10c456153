import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  COMPLAINT_KINDS,
  complaintPosition,
  fileComplaint,
  findComplaint,
  readComplaint,
  type ComplaintKind,
  type KeptComplaint,
} from '../../complaints/index.ts';
import { Allowance } from '../../ops/allowance.ts';
import { mobileOf, ownSide } from '../../owners/index.ts';
import type { By } from '../../people/index.ts';
import type { Door } from '../door.ts';
import { choiceOf, fieldOf, summaryOf, type FieldFault } from '../fields.ts';
import type { Form } from '../forms.ts';
import { html, type Html } from '../html.ts';
import { t, type Language, type Text } from '../language.ts';
import { actByForm } from './complaint-act.ts';
import { complaintCard, KIND, type Told } from './complaint-words.ts';

/** Guesses of receipts of one address: ten at once, then one in half a minute. */
const TRIES_PER_SECOND = 1 / 30;
const TRIES_AT_ONCE = 10;

/** `/complain`: a customer complains about a purchase by its receipt, and follows it by its number. What is wrong and what is unknown are
 *  answered alike. */
export function complainRoutes(server: FastifyInstance, door: Door): void {
  const tries = new Allowance(TRIES_PER_SECOND, TRIES_AT_ONCE, door.clock);
  server.get<{ Querystring: Readonly<Record<string, unknown>> }>('/complain', (request, reply) =>
    formPage(door, request, reply, { known: request.query }),
  );
  server.post('/complain', async (request, reply) => {
    const form = door.form(request);
    const { typed, faults } = readForm(form, door.languageOf(request));
    if (typed === undefined) return formPage(door, request, reply, { form, faults });
    if (!tries.take(request.ip)) return formPage(door, request, reply, { form, faults: [], often: true });
    const { kind, text, mobile, ...receipt } = typed;
    const now = door.clock.now();
    const by = byCustomer(request);
    const kept = await ownSide(door.pool(), undefined, (db) =>
      fileComplaint(db, receipt, { kind, filedBy: 'customer', mobile, told: text }, by, now),
    );
    if (kept === undefined) return formPage(door, request, reply, { form, faults: [], unknown: true });
    return complaintPage(door, request, reply, kept);
  });
  server.get('/complain/status', (request, reply) => statusPage(door, request, reply));
  server.post('/complain/status', async (request, reply) => {
    const form = door.form(request);
    const found = await foundBy(door, form, tries, request);
    return found === undefined ? statusPage(door, request, reply, form) : complaintPage(door, request, reply, found);
  });
  server.post('/complain/act', async (request, reply) => {
    const form = door.form(request);
    const found = await foundBy(door, form, tries, request);
    if (found === undefined) return statusPage(door, request, reply, form);
    await actByForm(door, found, form, byCustomer(request));
    return complaintPage(door, request, reply, await readComplaint(door.pool(), found.id));
  });
}

/** Whoever holds the receipt: nobody has proved who that is. */
function byCustomer({ id }: FastifyRequest): By {
  return { actor: { id: null, name: 'customer' }, requestId: id };
}

interface Typed {
  readonly kind: ComplaintKind;
  readonly rrn: string;
  readonly terminal: string;
  readonly totalRials: bigint;
  readonly last4: string;
  readonly mobile: string | undefined;
  readonly text: string;
}

/** Digits of any script, without what people write between them. */
export function plainDigits(text: string): string {
  return text
    .replace(/[\u06f0-\u06f9\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replace(/[\s\u200c\u200e\u200f,٬،._-]/g, '');
}

const LABEL = {
  kind: { fa: 'چه شد؟', en: 'What happened?' },
  rrn: { fa: 'شمارهٔ مرجع روی رسید', en: 'Reference number (RRN) on the receipt' },
  terminal: { fa: 'شمارهٔ پایانه روی رسید', en: 'Terminal number on the receipt' },
  total: { fa: 'مبلغ کل به ریال', en: 'Whole amount in rials' },
  last4: { fa: 'چهار رقم آخر کارت', en: 'Last four digits of the card' },
  mobile: { fa: 'شماره همراه برای خبر دادن (اختیاری)', en: 'Mobile number to tell you (optional)' },
  text: { fa: 'توضیح (اختیاری)', en: 'In your words (optional)' },
} as const satisfies Readonly<Record<string, Text>>;

const WRONG: Readonly<Partial<Record<keyof typeof LABEL, Text>>> = {
  kind: { fa: 'یکی را برگزینید.', en: 'Choose one.' },
  rrn: { fa: 'شمارهٔ مرجع ۱۲ رقم دارد.', en: 'The reference number has 12 digits.' },
  terminal: { fa: 'شمارهٔ پایانه ۸ رقم دارد.', en: 'The terminal number has 8 digits.' },
  total: { fa: 'مبلغ را با رقم و به ریال بنویسید.', en: 'Write the amount in digits, in rials.' },
  last4: {
    fa: 'فقط چهار رقم آخر؛ شمارهٔ کامل کارت را ننویسید.',
    en: 'The last four digits only, never the whole number.',
  },
  mobile: {
    fa: 'شماره همراه ۱۱ رقم دارد و با ۰۹ آغاز می‌شود؛ یا خالی بگذارید.',
    en: 'A mobile number has 11 digits and begins with 09; or leave it empty.',
  },
};

function readForm(form: Form, language: Language): { typed?: Typed; faults: FieldFault[] } {
  const digits = (name: string): string => plainDigits(form.get(name));
  const kind = COMPLAINT_KINDS.find((each) => each === form.get('kind'));
  const [rrn, terminal, total, last4] = [digits('rrn'), digits('terminal'), digits('total'), digits('last4')];
  const mobile = form.get('mobile').trim() === '' ? undefined : mobileOf(form.get('mobile'));
  const wrong: (keyof typeof LABEL)[] = [];
  if (kind === undefined || kind === 'not_paid') wrong.push('kind');
  if (!/^\d{12}$/.test(rrn)) wrong.push('rrn');
  if (!/^\d{8}$/.test(terminal)) wrong.push('terminal');
  if (!/^[1-9]\d{0,14}$/.test(total)) wrong.push('total');
  if (!/^\d{4}$/.test(last4)) wrong.push('last4');
  if (mobile === undefined && form.get('mobile').trim() !== '') wrong.push('mobile');
  const faults = wrong.map((name) => ({
    name,
    label: t(language, LABEL[name]),
    text: t(language, WRONG[name] ?? LABEL[name]),
  }));
  if (faults.length > 0 || kind === undefined) return { faults };
  const text = form.get('text').trim().slice(0, 500);
  return { faults, typed: { kind, rrn, terminal, totalRials: BigInt(total), last4, mobile, text } };
}

interface Shown {
  readonly form?: Form;
  /** What a receipt says already, from its link. */
  readonly known?: Readonly<Record<string, unknown>>;
  readonly faults?: readonly FieldFault[];
  readonly unknown?: boolean;
  readonly often?: boolean;
}

function formPage(door: Door, request: FastifyRequest, reply: FastifyReply, shown: Shown = {}): Promise<FastifyReply> {
  const language = door.languageOf(request);
  const { form, known = {}, faults = [], unknown = false, often = false } = shown;
  const value = (name: string): string => form?.get(name) ?? numberOf(known[name]);
  const title = t(language, { fa: 'شکایت از یک خرید', en: 'Complain about a purchase' });
  const options = COMPLAINT_KINDS.filter((kind) => kind !== 'not_paid').map((kind) => ({
    value: kind,
    label: t(language, KIND[kind]),
  }));
  const number = (name: 'rrn' | 'terminal' | 'total' | 'last4', maxlength: number): Html =>
    fieldOf({
      name,
      label: t(language, LABEL[name]),
      value: value(name),
      faults,
      inputmode: 'numeric',
      ltr: true,
      required: true,
      maxlength,
    });
  const body = html`<h1>${title}</h1>
    ${summaryOf(language, faults)}
    ${unknown && html`<div class="card bad" role="alert"><p>${t(language, NOT_FOUND)}</p></div>`}
    ${often && html`<div class="card bad" role="alert"><p>${t(language, OFTEN)}</p></div>`}
    <p>${t(language, { fa: 'سامانه همان لحظه خرید را بررسی می‌کند؛ بیشتر خریدهای ناتمام خودبه‌خود برمی‌گردند. رسید را پیش رو داشته باشید.', en: 'The system looks at the purchase at once; most failed purchases go back by themselves. Have the receipt at hand.' })}</p>
    <form method="post" action="/complain">${door.csrfField(reply)}
      ${choiceOf({ name: 'kind', label: t(language, LABEL.kind), value: value('kind'), faults, options })}
      ${number('rrn', 20)} ${number('terminal', 14)} ${number('total', 24)} ${number('last4', 8)}
      ${fieldOf({ name: 'mobile', label: t(language, LABEL.mobile), value: value('mobile'), faults, type: 'tel', ltr: true, autocomplete: 'tel-national', maxlength: 20 })}
      ${fieldOf({ name: 'text', label: t(language, LABEL.text), value: value('text'), faults, type: 'textarea', maxlength: 500, help: t(language, { fa: 'رمز و شمارهٔ کامل کارت را ننویسید.', en: 'Never write a PIN or a whole card number.' }) })}
      <button class="button">${t(language, { fa: 'ثبت شکایت', en: 'Send' })}</button>
    </form>
    <p><a href="/complain/status">${t(language, { fa: 'پیگیری شکایتی که شماره دارد', en: 'Follow a complaint that has a number' })}</a></p>`; // prettier-ignore
  const fine = faults.length === 0 && !unknown && !often;
  return door.render(reply, { title, body, ...(fine ? {} : { status: often ? 429 : 422 }) });
}

function numberOf(given: unknown): string {
  return typeof given === 'string' && /^[\d,]{1,24}$/.test(given) ? given : '';
}

const NOT_FOUND: Text = {
  fa: 'خریدی با این مشخصات پیدا نشد. شمارهٔ مرجع، پایانه، مبلغ و چهار رقم کارت باید همان باشد که روی رسید است. اگر رسید ندارید، با پشتیبانی تماس بگیرید.',
  en: 'No purchase was found. Reference, terminal, amount and the last four digits must be those of the receipt. Without a receipt, call support.',
};
const OFTEN: Text = {
  fa: 'تلاش‌ها زیاد بود. چند دقیقهٔ دیگر دوباره بفرستید.',
  en: 'Too many tries: send it again in a few minutes.',
};

/** By number and RRN; the same answer for what is wrong and what is unknown. */
async function foundBy(
  door: Door,
  form: Form,
  tries: Allowance,
  request: FastifyRequest,
): Promise<KeptComplaint | undefined> {
  const [number, rrn] = [plainDigits(form.get('number')), plainDigits(form.get('rrn'))];
  if (!/^\d{9}$/.test(number) || !/^\d{12}$/.test(rrn) || !tries.take(request.ip)) return undefined;
  return findComplaint(door.pool(), number, rrn);
}

function statusPage(door: Door, request: FastifyRequest, reply: FastifyReply, form?: Form): Promise<FastifyReply> {
  const language = door.languageOf(request);
  const title = t(language, { fa: 'پیگیری شکایت', en: 'Follow a complaint' });
  const field = (name: string, label: Text, maxlength: number): Html =>
    fieldOf({
      name,
      label: t(language, label),
      value: form?.get(name) ?? '',
      faults: [],
      inputmode: 'numeric',
      ltr: true,
      required: true,
      maxlength,
    });
  const none: Text = {
    fa: 'شکایتی با این دو شماره نیست، یا تلاش‌ها زیاد بوده است. هر دو را با رسید بسنجید.',
    en: 'There is no complaint with these two numbers, or there were too many tries. Compare both.',
  };
  const body = html`<h1>${title}</h1>
    ${form !== undefined && html`<div class="card bad" role="alert"><p>${t(language, none)}</p></div>`}
    <form method="post" action="/complain/status">${door.csrfField(reply)}
      ${field('number', { fa: 'شمارهٔ شکایت', en: 'Number of the complaint' }, 14)} ${field('rrn', LABEL.rrn, 20)}
      <button class="button">${t(language, { fa: 'نشان بده', en: 'Show' })}</button>
    </form>`; // prettier-ignore
  return door.render(reply, { title, body, ...(form === undefined ? {} : { status: 422 }) });
}

/** What a page shows of a complaint. */
export function toldOf({ number, facts, asked, remedy, reason }: KeptComplaint, now: number): Told {
  const { kind, finding } = facts;
  return { number, kind, finding, asked, remedy, reason, position: complaintPosition(facts, now) };
}

function complaintPage(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  kept: KeptComplaint,
): Promise<FastifyReply> {
  const language = door.languageOf(request);
  const now = door.clock.now();
  const told = toldOf(kept, now);
  const title = t(language, { fa: 'شکایت شما', en: 'Your complaint' });
  const hidden = html`${door.csrfField(reply)}<input type="hidden" name="number" value="${kept.number}" /><input type="hidden" name="rrn" value="${kept.purchase.rrn}" />`; // prettier-ignore
  const body = html`<h1>${title}</h1>
    ${complaintCard(language, told)}
    <p>${t(language, { fa: 'این شماره و رسید را نگه دارید؛ با آن‌ها شکایت را پیگیری می‌کنید.', en: 'Keep this number and the receipt: with them you follow the complaint.' })}</p>
    ${actForms(language, told, '/complain/act', hidden)}`; // prettier-ignore
  return door.render(reply, { title, body });
}

/** What the complainant can do now. */
export function actForms(language: Language, { position }: Told, action: string, hidden: Html): Html {
  const can = position.waiting?.can ?? [];
  const act = can.includes('answer') ? 'answer' : can.includes('contest') ? 'contest' : undefined;
  const label: Text =
    act === 'answer' ? { fa: 'پاسخ شما', en: 'Your answer' } : { fa: 'چرا حل نشده است؟', en: 'Why is it not settled?' };
  return html`${act !== undefined && html`<form method="post" action="${action}">${hidden}<input type="hidden" name="act" value="${act}" />
      ${fieldOf({ name: 'text', label: t(language, label), value: '', faults: [], type: 'textarea', maxlength: 500, required: true })}
      <button class="button second">${act === 'answer' ? t(language, { fa: 'فرستادن پاسخ', en: 'Send the answer' }) : t(language, { fa: 'حل نشده؛ کارشناس ببیند', en: 'Not settled: let a person look' })}</button></form>`}
    ${can.includes('withdraw') && html`<form method="post" action="${action}">${hidden}<input type="hidden" name="act" value="withdraw" /><button class="link">${t(language, { fa: 'حل شد؛ شکایت را پس می‌گیرم', en: 'Settled: I withdraw it' })}</button></form>`}`; // prettier-ignore
}
