import type { FastifyInstance, FastifyReply } from 'fastify';
import { digitsOf } from '../../field/persian.ts';
import { tehran } from '../../ops/clock.ts';
import { fieldDevice, shopRules, type FieldDevice, type ShopRules } from '../../shops/index.ts';
import { BECOMES } from '../device.ts';
import type { Door } from '../door.ts';
import { choiceOf, fieldOf, type FieldFault } from '../fields.ts';
import { html, type Html } from '../html.ts';
import { t, type Language, type Text } from '../language.ts';

/** `/qualify`: guild, licence and terminal, before anything is typed. A GET that keeps nothing: the answers stand in the address. */
export function qualifyRoutes(server: FastifyInstance, door: Door): void {
  server.get<{ Querystring: Readonly<Record<string, unknown>> }>('/qualify', async (request, reply) => {
    const { query } = request;
    const rules = await shopRules(door.pool(), { day: tehran(door.clock.now()).isoDate });
    const number = typed(query['number']);
    const answers = {
      number,
      guild: chosen(query['guild'], [...rules.guilds.map(({ code }) => code), ...OTHER_GUILDS.map(({ code }) => code)]),
      licence: chosen(query['licence'], ['valid', 'ended', 'none']),
      terminal: chosen(query['terminal'], ['own', 'new']) || (number === '' ? '' : 'own'),
    };
    const asked = answers.terminal === 'own' && /^\d{8}$/.test(digitsOf(number));
    const device = asked ? ((await fieldDevice(door.pool(), digitsOf(number))) ?? null) : undefined;
    return render(door, reply, rules, answers, device);
  });
}

function chosen(given: unknown, of: readonly string[]): string {
  return typeof given === 'string' && of.includes(given) ? given : '';
}

/** As it stands in the address: of one line, and no longer than the field takes. */
function typed(given: unknown): string {
  return typeof given === 'string' ? given.trim().slice(0, MOST_TYPED) : '';
}

const MOST_TYPED = 20;

interface Answers {
  /** Of the terminal, as typed. */
  readonly number: string;
  readonly guild: string;
  readonly licence: string;
  readonly terminal: string;
}

/** Guilds that often ask, though the scheme does not serve them. */
const OTHER_GUILDS: readonly ({ readonly code: string } & Text)[] = [
  { code: 'bookshop', fa: 'کتاب‌فروشی و لوازم تحریر', en: 'Bookshop, stationery' },
  { code: 'clothing', fa: 'پوشاک و کفش', en: 'Clothing, shoes' },
  { code: 'appliances', fa: 'لوازم خانگی', en: 'Household appliances' },
  { code: 'cosmetics', fa: 'آرایشی و بهداشتی', en: 'Cosmetics' },
  { code: 'restaurant', fa: 'رستوران و اغذیه', en: 'Restaurant' },
  { code: 'other', fa: 'صنف دیگر', en: 'Another guild' },
];

function render(
  door: Door,
  reply: FastifyReply,
  rules: ShopRules,
  answers: Answers,
  device: FieldDevice | null | undefined,
): Promise<FastifyReply> {
  const language = door.languageOf(reply.request);
  const text = (texts: Text): string => t(language, texts);
  const title = text({ fa: 'آیا فروشگاه من می‌تواند بپیوندد؟', en: 'Does my shop qualify?' });
  const faults: readonly FieldFault[] = [];
  const { number } = answers;
  const misread = answers.terminal === 'own' && number !== '' && device === undefined;
  const label = text({ fa: 'شماره پایانه (اختیاری)', en: 'Number of the terminal (optional)' });
  const numbers = misread ? [{ name: 'number', label, text: text({ fa: 'شماره پایانه ۸ رقم است', en: 'the number has 8 digits' }) }] : []; // prettier-ignore
  const result = resultOf(language, rules, answers, device);
  const ask = answers.guild === '' || (result === undefined && [answers.licence, answers.terminal].includes(''));
  const body = html`<h1>${title}</h1>
${result}
${result === undefined && html`<p>${text({ fa: 'سه پرسش کوتاه؛ چیزی ثبت نمی‌شود و نامی پرسیده نمی‌شود.', en: 'Three short questions; nothing is kept and no name is asked.' })}</p>`}
<form method="get" action="/qualify">
${choiceOf({ name: 'guild', label: text({ fa: 'صنف پروانه شما', en: 'Guild of your licence' }), value: answers.guild, faults, options: [...rules.guilds, ...OTHER_GUILDS].map((guild) => ({ value: guild.code, label: text(guild) })) })}
${choiceOf({ name: 'licence', label: text({ fa: 'پروانه کسب', en: 'Licence' }), value: answers.licence, faults, options: [{ value: 'valid', label: text({ fa: 'دارم و معتبر است', en: 'I have one, and it is valid' }) }, { value: 'ended', label: text({ fa: 'دارم ولی اعتبارش گذشته', en: 'I have one, and it has ended' }) }, { value: 'none', label: text({ fa: 'ندارم', en: 'I have none' }) }] })}
${choiceOf({ name: 'terminal', label: text({ fa: 'کارت‌خوان', en: 'Terminal' }), value: answers.terminal, faults, options: [{ value: 'own', label: text({ fa: 'دارم', en: 'I have one' }) }, { value: 'new', label: text({ fa: 'ندارم', en: 'I have none' }) }] })}
${fieldOf({ name: 'number', label, help: text({ fa: 'اگر کارت‌خوان دارید: ۸ رقم، روی رسید کاغذی پس از «پایانه»', en: 'If you have one: 8 digits, on a printed receipt after “terminal”' }), value: number, faults: numbers, ltr: true, inputmode: 'numeric', maxlength: MOST_TYPED })}
<button class="button${!ask && ' second'}">${text({ fa: 'بررسی', en: 'Check' })}</button>
</form>`; // prettier-ignore
  return door.render(reply, { title, body });
}

/** @returns undefined: not everything is answered yet, and nothing speaks against it */
function resultOf(
  language: Language,
  rules: ShopRules,
  { guild, licence, terminal }: Answers,
  device: FieldDevice | null | undefined,
): Html | undefined {
  const text = (texts: Text): string => t(language, texts);
  if (guild === '') return undefined;
  if (!rules.guilds.some(({ code }) => code === guild)) {
    const eligible = rules.guilds.map((one) => text(one)).join(text({ fa: '، ', en: ', ' }));
    return html`<section class="card bad" role="status" id="result"><h2>${text({ fa: 'این صنف در طرح نیست', en: 'That guild is not in the scheme' })}</h2>
<p>${text({ fa: 'اعتبار کالابرگ تنها برای خرید کالاهای اساسی خوراکی است. برای همین فقط این صنف‌ها پذیرفته می‌شوند:', en: 'Kalabarg credit is for basic food alone. So only these guilds are taken:' })} ${eligible}.</p>
<blockquote lang="fa" dir="rtl">${LAW}</blockquote>
<p class="soft">${text({ fa: 'قانون نظام صنفی، مادهٔ ۵. پروانهٔ هر صنف برای کار همان صنف است؛ با پروانهٔ صنف دیگر نمی‌توان کالای خوراکی این طرح را فروخت.', en: 'Guild System Act, article 5: a licence is given to begin and carry on one business, in one place. With the licence of another guild the food of this scheme cannot be sold.' })}</p>
<p>${text({ fa: 'اگر پروانهٔ خوراکی هم دارید، همان را برگزینید.', en: 'If you have a food licence too, choose that one.' })}</p></section>`; // prettier-ignore
  }
  if (licence === 'none' || licence === 'ended')
    return html`<section class="card wait" role="status" id="result"><h2>${text({ fa: 'نخست پروانهٔ معتبر', en: 'First a valid licence' })}</h2>
<p>${text(licence === 'none' ? { fa: 'بدون پروانه کسب نمی‌توان پیوست. آن را از اتحادیهٔ صنف خود یا درگاه ملی مجوزها بگیرید و بعد برگردید؛ زمان محدودی در کار نیست.', en: 'Without a guild licence nobody can join. Get it from your union or the national licence portal, and come back; there is no deadline.' } : { fa: 'پروانه‌ای که اعتبارش گذشته پذیرفته نمی‌شود. آن را در اتحادیهٔ صنف خود تمدید کنید و با پروانهٔ تازه درخواست دهید.', en: 'A licence that has ended is not taken. Have your union renew it, and apply with the new one.' })}</p></section>`; // prettier-ignore
  if (licence === '' || terminal === '') return undefined;
  return html`<section class="card good" role="status" id="result"><h2>${text({ fa: 'بله، می‌توانید درخواست دهید', en: 'Yes, you may apply' })}</h2>
<p>${text(device !== undefined ? saidOf(device) : terminal === 'own' ? { fa: 'شماره کارت‌خوان را دم دست بگذارید: در درخواست می‌بینید به‌روزرسانی می‌شود یا عوض.', en: 'Have the number of your terminal at hand: the application says whether it is updated or replaced.' } : { fa: 'در درخواست می‌نویسید که دستگاه می‌خواهید؛ پس از تأیید فرستاده می‌شود.', en: 'In the application you ask for a device; it is sent after the approval.' })}</p>
<p><a class="button" href="/apply/new?guild=${guild}">${text({ fa: 'آغاز درخواست', en: 'Begin' })}</a></p></section>`; // prettier-ignore
}

/** Neither PSP nor serial: nobody is signed in here. */
function saidOf(device: FieldDevice | null): Text {
  if (device === null)
    return {
      fa: 'این شماره پایانه در فهرست شرکت‌های پرداخت نیست. در درخواست سریال و مدل را بنویسید؛ همکار ما می‌گوید دستگاه به‌روزرسانی می‌شود یا عوض.',
      en: 'No list of a payment company has this terminal. Give serial and model in the application: a colleague tells you whether it is updated or replaced.',
    };
  const { model, becomes } = device;
  return { fa: `کارت‌خوان شما (مدل ${model}): ${BECOMES[becomes].fa}`, en: `Your terminal (model ${model}). ${BECOMES[becomes].en}` }; // prettier-ignore
}

/** Guild System Act of 1382 with its changes, article 5 (docs/domain/08, 1.4). */
const LAW =
  '«پروانه کسب: مجوزی است که طبق مقررات این قانون به منظور شروع و ادامه کسب و کار یا حرفه به صورت موقت یا دائم به فرد یا افراد صنفی برای محل مشخص یا وسیله کسب معین داده می‌شود.»';
