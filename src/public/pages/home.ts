import type { FastifyInstance } from 'fastify';
import { tehran } from '../../ops/clock.ts';
import {
  measuredSteps,
  shopFees,
  shopRules,
  type Measured,
  type MeasuredStep,
  type ShopFees,
  type ShopRules,
} from '../../shops/index.ts';
import type { Reading } from '../../field/money-unit.ts';
import { readReading } from '../../settlement/shop/index.ts';
import type { Door } from '../door.ts';
import { amountIn } from '../units.ts';
import { kept } from '../kept.ts';
import { html, type Html } from '../html.ts';
import { comma, countOf, digits, lengthOf, t, type Language, type Text } from '../language.ts';

/** What the page says of the scheme today: the same for everybody, so asked of the database once in a while. */
interface Facts {
  readonly rules: ShopRules;
  readonly fees: ShopFees;
  readonly units: Reading;
  readonly measured: Readonly<Partial<Record<MeasuredStep, Measured>>>;
}

const KEPT_MS = 60_000;

/** `/`: what a shop wants to know before it types anything.
 *  @param pos whether there is a drawn device to try */
export function homeRoutes(server: FastifyInstance, door: Door, pos: boolean): void {
  const facts = kept(door.clock, KEPT_MS, () => read(door));
  server.get('/', async (request, reply) => {
    const language = door.languageOf(request);
    const title = t(language, { fa: 'فروش با کالابرگ در فروشگاه شما', en: 'Take kalabarg in your shop' });
    return door.render(reply, { title, body: page(language, title, await facts(''), pos) });
  });
}

async function read(door: Door): Promise<Facts> {
  const [pool, now] = [door.pool(), door.clock.now()];
  const day = tehran(now).isoDate;
  const [rules, fees, measured, byDay] = await Promise.all([
    shopRules(pool, { day }),
    shopFees(pool, day),
    measuredSteps(pool, now),
    readReading(pool),
  ]);
  return { rules, fees, measured, units: byDay(day) };
}

function page(language: Language, title: string, { rules, fees, measured, units }: Facts, pos: boolean): Html {
  const text = (texts: Text): string => t(language, texts);
  return html`<h1>${title}</h1>
<p>${text({ fa: 'خانوارها با کالابرگ الکترونیک از شما خرید می‌کنند و پول آن به حساب خودتان می‌آید. در این صفحه می‌بینید چه کسی می‌تواند بپیوندد، چه مدارکی لازم است و هر گام چقدر طول می‌کشد.', en: 'Households buy from you with the electronic voucher, and the money comes to your own account. This page says who may join, which papers are needed, and how long each step takes.' })}</p>
<div class="actions"><a class="button" href="/qualify">${text({ fa: 'آیا فروشگاه من می‌تواند؟', en: 'Does my shop qualify?' })}</a><a class="button second" href="/apply">${text({ fa: 'ثبت یا ادامهٔ درخواست', en: 'Apply, or go on' })}</a></div>
<h2>${text({ fa: 'چه کسانی می‌توانند بپیوندند', en: 'Who may join' })}</h2>
<ul>${rules.guilds.map((guild) => html`<li>${text(guild)}</li> `)}</ul>
<p class="soft">${text({ fa: 'با پروانه کسب معتبر همان صنف.', en: 'With a valid licence of that guild.' })}</p>
<h2>${text({ fa: 'چه مدارکی لازم است', en: 'What you need' })}</h2>
<ul>${NEEDED.map((needed) => html`<li>${text(needed)}</li> `)}${rules.papers.map((paper) => html`<li>${text(paper)} (${text({ fa: 'عکس با گوشی کافی است', en: 'a photograph by phone will do' })})</li> `)}</ul>
<h2>${text({ fa: 'چگونه پیش می‌رود', en: 'How it goes' })}</h2>
<ol>${stepsOf(rules).map(({ name, says, step }) => html`<li><strong>${text(name)}</strong> ${text(says)}${step !== undefined && html` <span class="soft">${tookOf(language, measured[step])}</span>`}</li> `)}</ol>
<h2>${text({ fa: 'بیشتر بدانید', en: 'More' })}</h2>
<ul>${pos && html`<li><a href="/pos">${text({ fa: 'پایانه‌ای که می‌توان با آن فروخت: کلیدها، رسید و قاب‌های روی سیم', en: 'A terminal to sell with: its keys, its slips, and the frames on the wire' })}</a></li>`}<li><a href="/learn">${text({ fa: 'آموزش فروش در هشت درس کوتاه، با پایانهٔ تمرینی', en: 'Learn to sell in eight short lessons, with a practice terminal' })}</a></li>
<li><a href="/goods">${text({ fa: 'کالابرگ چه کالاهایی را می‌خرد', en: 'What the voucher buys' })}</a></li>
<li><a href="/shops">${text({ fa: 'فروشگاه‌هایی که کالابرگ می‌پذیرند', en: 'Shops that take the voucher' })}</a></li></ul>
<h2>${text({ fa: 'چه هزینه‌ای دارد', en: 'What it costs' })}</h2>
<p>${text({ fa: 'پیوستن به طرح و بررسی پرونده رایگان است. اگر کسی برای آن پولی خواست، از سوی ما نیست.', en: 'To join and to be checked costs nothing. Whoever asks money for it does not come from us.' })}</p>
<p>${feeOf(language, fees, units)}</p>
${fees.tables.length > 0 && html`<ul>${fees.tables.map((table) => html`<li>${tableOf(language, table, units)}</li> `)}</ul>`}`; // prettier-ignore
}

const NEEDED: readonly Text[] = [
  { fa: 'پروانه کسب با شناسه صنفی', en: 'The guild licence and its number' },
  { fa: 'کد ملی مالک', en: 'The owner’s national id' },
  {
    fa: 'کد رهگیری مالیاتی فعال برای نشانی همین فروشگاه',
    en: 'An active tax tracking code for the address of this shop',
  },
  { fa: 'شماره شبا به نام مالک', en: 'A Sheba in the owner’s name' },
  { fa: 'خط همراه به نام مالک؛ کد به آن پیامک می‌شود', en: 'A mobile in the owner’s name, to which codes are sent' },
  { fa: 'کد پستی و نشانی فروشگاه', en: 'Postal code and address of the shop' },
  {
    fa: 'شماره کارت‌خوان؛ اگر ندارید همین‌جا درخواستش را می‌دهید',
    en: 'The number of your terminal; if you have none, you ask for one here',
  },
];

interface HomeStep {
  readonly name: Text;
  readonly says: Text;
  readonly step?: MeasuredStep;
}

function stepsOf({ answerDays, reviewHours }: ShopRules): HomeStep[] {
  return [
    {
      name: { fa: 'درخواست را می‌نویسید.', en: 'You fill in the application.' },
      says: {
        fa: 'یک موضوع در هر صفحه؛ هرجا خواستید رها کنید و بعد ادامه دهید. حضوری یا تلفنی هم می‌شود: همکار ما همین فرم را می‌نویسد.',
        en: 'One topic a page; leave it and go on later as you like. In person or by phone a clerk fills in the same form.',
      },
      step: 'filled',
    },
    {
      name: { fa: 'بررسی می‌شود.', en: 'It is checked.' },
      says: {
        fa: `استعلام‌ها خودکار است و دو نفر، هر یک حداکثر در ${countOf('fa', reviewHours, HOUR)}، پرونده را می‌خوانند. اگر چیزی کم باشد تنها همان برمی‌گردد و ${countOf('fa', answerDays, DAY)} وقت دارید.`,
        en: `Registries are asked automatically, and two persons read the case, each within ${countOf('en', reviewHours, HOUR)}. If something is missing, that alone comes back to you, and you have ${countOf('en', answerDays, DAY)}.`,
      },
      step: 'decided',
    },
    {
      name: { fa: 'پایانه آماده می‌شود.', en: 'The terminal is made ready.' },
      says: {
        fa: 'کارت‌خوان شما به‌روزرسانی می‌شود یا دستگاه تازه می‌گیرید؛ با پیامک خبر می‌دهیم.',
        en: 'Yours is updated, or you get another one; an SMS tells you.',
      },
    },
    {
      name: { fa: 'می‌فروشید و پول می‌گیرید.', en: 'You sell, and are paid.' },
      says: {
        fa: 'پول هر روز، شب همان روز در نوبت پایا گذاشته می‌شود؛ در صفحهٔ فروشگاه می‌بینید هر خرید کی و با کدام واریز می‌آید.',
        en: 'What a day sold is put into that night’s Paya; the page of your shop shows when each purchase is paid, and in which transfer.',
      },
    },
  ];
}

const HOUR: Text = { fa: 'ساعت', en: 'hour' };
const DAY: Text = { fa: 'روز', en: 'day' };

function tookOf(language: Language, measured: Measured | undefined): string {
  if (measured === undefined) return t(language, { fa: '(هنوز اندازه‌گیری نشده)', en: '(not yet measured)' });
  const { median, most, cases } = measured;
  return t(language, {
    fa: `(در ۹۰ روز گذشته: نیمی تا ${lengthOf('fa', median)}، از هر ده نفر نه نفر تا ${lengthOf('fa', most)}؛ از روی ${digits('fa', cases)} پرونده)`,
    en: `(last 90 days: half within ${lengthOf('en', median)}, nine of ten within ${lengthOf('en', most)}; measured on ${countOf('en', cases, { fa: 'پرونده', en: 'case' })})`,
  });
}

function feeOf(language: Language, { fixedRials, basisPoints, tables }: ShopFees, units: Reading): string {
  if (fixedRials === 0n && basisPoints === 0 && tables.length > 0)
    return t(language, { fa: 'کارمزد هر خرید:', en: 'What is taken of each purchase:' });
  if (fixedRials === 0n && basisPoints === 0)
    return t(language, {
      fa: 'از فروش کالابرگی کارمزدی کم نمی‌شود. کارمزد بخش کارتی را شرکت پرداخت شما مانند همیشه حساب می‌کند.',
      en: 'Nothing is taken from kalabarg sales. What the card part costs is between you and your payment company, as always.',
    });
  const percent = (basisPoints / 100).toString();
  return t(language, {
    fa: `از هر خرید ${amountIn('fa', units, fixedRials)} و ${digits('fa', percent)} درصد از بخش کالابرگی کارمزد کم می‌شود و در صورت‌حساب جداگانه می‌آید.`,
    en: `A fee of ${amountIn('en', units, fixedRials)} a purchase and ${percent} % of the voucher part is taken; the statement shows it apart.`,
  });
}

const BASES: Readonly<Record<string, Text>> = {
  card: { fa: 'بخش کارتی', en: 'the card part' },
  voucher: { fa: 'بخش کالابرگی', en: 'the voucher part' },
  total: { fa: 'کل خرید', en: 'the whole' },
};

/** `of the card part: below 6,000,000 rials 1,200 rials; else 0.02 %, at most 40,000 rials (the PSP)` */
function tableOf(language: Language, { of, bands, payee }: ShopFees['tables'][number], units: Reading): string {
  const say = (text: Text): string => t(language, text);
  const money = (rials: number): string => amountIn(language, units, BigInt(rials));
  const parts = bands.map(({ below, rials = 0, perMillion = 0, most }, at) => {
    const share = `${digits(language, String(perMillion / 10_000))} ${say({ fa: 'درصد', en: '%' })}`;
    const taken = [...(rials > 0 ? [money(rials)] : []), ...(perMillion > 0 ? [share] : [])].join(' + ');
    const end = most === undefined ? '' : `${comma(language)}${say({ fa: 'حداکثر', en: 'at most' })} ${money(most)}`;
    const from = below !== undefined ? `${say({ fa: 'کمتر از', en: 'below' })} ${money(below)}: ` : at > 0 ? `${say({ fa: 'بیشتر', en: 'else' })}: ` : '';
    return `${from}${taken === '' ? say({ fa: 'هیچ', en: 'nothing' }) : taken}${end}`;
  });
  const base = BASES[of];
  const semicolon = language === 'fa' ? '؛ ' : '; ';
  return `${say({ fa: 'از', en: 'of' })} ${base === undefined ? of : say(base)}: ${parts.join(semicolon)} (${payee})`;
} // prettier-ignore
