import { toJalali } from '../../../field/jalali.ts';
import type { ItemCode, KeptCase, KeptItem } from '../../../shops/index.ts';
import { t, type Language, type Text } from '../../language.ts';

/** The steps of an application: one topic a page, in the order in which a shopkeeper has the papers at hand. */

export interface StepField {
  readonly name: string;
  readonly label: Text;
  readonly help: Text;
  /** Numbers: read from left to right, typed with the number pad. */
  readonly number?: true;
  readonly ltr?: true;
  readonly date?: true;
  readonly long?: true;
  readonly autocomplete?: string;
}

export interface Step {
  readonly code: ItemCode;
  readonly title: Text;
  readonly lead: Text;
  readonly fields: readonly StepField[];
}

const DAY_HELP: Text = { fa: 'روز شمسی، مانند ۱۴۰۵/۰۹/۰۶', en: 'As 2026-11-27, or the Jalali day as 1405/09/06' };

export const STEPS: readonly Step[] = [
  {
    code: 'guild_licence',
    title: { fa: 'پروانه کسب', en: 'Guild licence' },
    lead: { fa: 'پروانه را پیش رو بگذارید و از روی آن بنویسید.', en: 'Have the licence before you and type from it.' },
    fields: [
      {
        name: 'number',
        label: { fa: 'شناسه صنفی', en: 'Number of the licence' },
        help: { fa: '۱۰ تا ۱۲ رقم، بالای پروانه', en: '10 to 12 digits, at the head of the licence' },
        number: true,
      },
      {
        name: 'issuer',
        label: { fa: 'صادرکننده', en: 'Issued by' },
        help: {
          fa: 'نام اتحادیه یا اتاق اصناف، همان‌گونه که در پروانه آمده',
          en: 'The union or chamber, as the licence has it',
        },
      },
      { name: 'issued', label: { fa: 'تاریخ صدور', en: 'Issued on' }, help: DAY_HELP, date: true },
      { name: 'ends', label: { fa: 'پایان اعتبار', en: 'Valid until' }, help: DAY_HELP, date: true },
    ],
  },
  {
    code: 'owner_identity',
    title: { fa: 'مالک فروشگاه', en: 'The owner' },
    lead: { fa: 'کسی که پروانه به نام اوست.', en: 'The person whose name the licence has.' },
    fields: [
      {
        name: 'nationalId',
        label: { fa: 'کد ملی', en: 'National id' },
        help: { fa: '۱۰ رقم روی کارت ملی', en: 'The 10 digits on the national card' },
        number: true,
      },
      {
        name: 'name',
        label: { fa: 'نام و نام خانوادگی', en: 'Full name' },
        help: { fa: 'همان‌گونه که در کارت ملی آمده', en: 'As the national card has it' },
        autocomplete: 'name',
      },
    ],
  },
  {
    code: 'mobile',
    title: { fa: 'شماره همراه', en: 'Mobile' },
    lead: { fa: 'به نام خود مالک.', en: 'In the owner’s own name.' },
    fields: [
      {
        name: 'number',
        label: { fa: 'شماره همراه', en: 'Mobile number' },
        help: { fa: '۱۱ رقم، با ۰۹ آغاز می‌شود', en: '11 digits, beginning with 09' },
        number: true,
        autocomplete: 'tel-national',
      },
    ],
  },
  {
    code: 'tax_code',
    title: { fa: 'کد رهگیری مالیاتی', en: 'Tax tracking code' },
    lead: {
      fa: 'پرونده مالیاتی باید فعال و برای نشانی همین فروشگاه باشد.',
      en: 'The tax file must be active, and for the address of this shop.',
    },
    fields: [
      {
        name: 'code',
        label: { fa: 'کد رهگیری ثبت‌نام', en: 'Tracking code' },
        help: { fa: '۱۰ رقم، در پایانهٔ «ثبت‌نام» my.tax.gov.ir آمده است', en: '10 digits, as my.tax.gov.ir shows it' },
        number: true,
      },
    ],
  },
  {
    code: 'sheba',
    title: { fa: 'حساب دریافت پول', en: 'Account that is paid' },
    lead: {
      fa: 'پول فروش‌ها به این حساب می‌آید؛ باید به نام مالک باشد.',
      en: 'What you sell is paid to it; it must be in the owner’s name.',
    },
    fields: [
      {
        name: 'sheba',
        label: { fa: 'شماره شبا', en: 'Sheba' },
        help: { fa: 'IR و ۲۴ رقم؛ در همراه‌بانک آمده است', en: 'IR and 24 digits, as your bank’s app shows it' },
        ltr: true,
      },
    ],
  },
  {
    code: 'address',
    title: { fa: 'نشانی فروشگاه', en: 'Address of the shop' },
    lead: { fa: 'همان نشانی که در پروانه آمده.', en: 'The address that the licence has.' },
    fields: [
      {
        name: 'postalCode',
        label: { fa: 'کد پستی', en: 'Postal code' },
        help: { fa: '۱۰ رقم، روی قبض برق یا گاز', en: '10 digits, as on the electricity bill' },
        number: true,
        autocomplete: 'postal-code',
      },
      {
        name: 'text',
        label: { fa: 'نشانی', en: 'Address' },
        help: { fa: 'شهر، خیابان، کوچه، پلاک', en: 'Town, street, number' },
        long: true,
        autocomplete: 'street-address',
      },
    ],
  },
  {
    code: 'terminal',
    title: { fa: 'پایانه فروش (کارت‌خوان)', en: 'Terminal' },
    lead: {
      fa: 'اگر کارت‌خوان دارید شماره‌اش را بنویسید تا بگوییم با آن چه می‌شود.',
      en: 'If you have a terminal, type its number: you are told what becomes of it.',
    },
    fields: [
      {
        name: 'number',
        label: { fa: 'شماره پایانه', en: 'Number of the terminal' },
        help: { fa: '۸ رقم، روی رسید کاغذی پس از «پایانه»', en: '8 digits, on a printed receipt after “terminal”' },
        number: true,
      },
      {
        name: 'serial',
        label: { fa: 'سریال دستگاه', en: 'Serial' },
        help: { fa: 'روی برچسب پشت دستگاه، پس از S/N', en: 'On the label at its back, after S/N' },
        ltr: true,
      },
      {
        name: 'model',
        label: { fa: 'مدل', en: 'Model' },
        help: {
          fa: 'روی همان برچسب؛ اگر نمی‌دانید خالی بگذارید',
          en: 'On the same label; leave it empty if you do not know',
        },
        ltr: true,
      },
    ],
  },
  {
    code: 'terms',
    title: { fa: 'شرایط همکاری', en: 'Terms' },
    lead: { fa: 'کوتاه است؛ بخوانید و بپذیرید.', en: 'They are short: read them, and accept them.' },
    fields: [{ name: 'version', label: { fa: 'پذیرش شرایط', en: 'Consent to the terms' }, help: { fa: '', en: '' } }],
  },
];

/** The steps of a case: those of its items; the mobile only where it is not proved already. */
export function stepsOf(kept: KeptCase): readonly Step[] {
  return STEPS.filter(({ code }) => {
    const item = itemOf(kept, code);
    if (item === undefined) return false;
    return code !== 'mobile' || kept.applicantMobile === undefined || item.value?.['number'] !== kept.applicantMobile;
  });
}

export function itemOf(kept: KeptCase, code: ItemCode): KeptItem | undefined {
  return kept.items.find((item) => item.code === code);
}

/** What is kept, as its owner types it: days as the reader's calendar has them. */
export function shownValue(language: Language, { date }: StepField, kept: unknown): string {
  if (typeof kept !== 'string') return '';
  return date === true && language === 'fa' ? toJalali(kept).replaceAll('-', '/') : kept;
}

export function titleOf(language: Language, code: ItemCode): string {
  const step = STEPS.find((one) => one.code === code);
  return t(language, step?.title ?? { fa: 'پیوند با پرونده‌های دیگر', en: 'Links to other cases' });
}
