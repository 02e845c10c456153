import type { Text } from '../field/language.ts';
import type { ReasonCode } from './item.ts';

/** Why an item does not hold, and what helps, as the shop reads it. */
export const REASONS: Readonly<Record<ReasonCode, { readonly why: Text; readonly remedy: Text }>> = {
  not_readable: {
    why: { fa: 'تصویر یا نوشته خوانا نیست.', en: 'The picture or the writing cannot be read.' },
    remedy: {
      fa: 'در نور روز و از روبه‌رو دوباره عکس بگیرید؛ چهار گوشهٔ کاغذ پیدا باشد.',
      en: 'Take the photograph again, in daylight and from straight above, with all four corners in it.',
    },
  },
  not_the_owner: {
    why: { fa: 'به نام مالک فروشگاه نیست.', en: 'It is not in the owner’s name.' },
    remedy: {
      fa: 'مشخصاتی را بنویسید که به نام خود مالک است؛ شبا، خط همراه و پروانه باید از آنِ یک نفر باشد.',
      en: 'Give what is in the owner’s own name: Sheba, mobile and licence must be one person’s.',
    },
  },
  not_found: {
    why: { fa: 'در سامانهٔ مرجع پیدا نشد.', en: 'The registry does not know it.' },
    remedy: {
      fa: 'آن را رقم به رقم با اصل مدرک بسنجید و دوباره بنویسید.',
      en: 'Compare it digit by digit with the paper, and type it again.',
    },
  },
  ended: {
    why: { fa: 'اعتبارش پایان یافته است.', en: 'It has ended.' },
    remedy: {
      fa: 'آن را در مرجع صادرکننده تمدید کنید و مدرک تازه را بفرستید.',
      en: 'Have it renewed by whoever issued it, and send the new one.',
    },
  },
  other_guild: {
    why: { fa: 'پروانه از آنِ صنف دیگری است.', en: 'The licence is of another guild.' },
    remedy: {
      fa: 'طرح تنها صنف‌های خوراکی را می‌پذیرد. اگر پروانهٔ دیگری دارید آن را بفرستید.',
      en: 'The scheme takes food guilds alone. If you have another licence, send that one.',
    },
  },
  wrong_check_digit: {
    why: { fa: 'شماره درست نوشته نشده است.', en: 'The number is not typed right.' },
    remedy: { fa: 'آن را از روی مدرک دوباره بنویسید.', en: 'Type it again from the paper.' },
  },
  inactive: {
    why: { fa: 'فعال نیست.', en: 'It is not active.' },
    remedy: {
      fa: 'آن را در سامانهٔ مالیاتی یا بانک فعال کنید و بعد دوباره بفرستید.',
      en: 'Have it made active by the tax office or the bank, and send it again.',
    },
  },
  address_differs: {
    why: { fa: 'نشانی با مدرک یکی نیست.', en: 'The address differs from the paper.' },
    remedy: {
      fa: 'نشانی و کد پستی فروشگاه را همان‌گونه که در پروانه آمده بنویسید.',
      en: 'Type address and postal code of the shop as the licence has them.',
    },
  },
  not_answered: {
    why: { fa: 'سامانهٔ مرجع پاسخ نداد.', en: 'The registry did not answer.' },
    remedy: {
      fa: 'کاری از شما لازم نیست؛ همکار ما بررسی می‌کند.',
      en: 'You need do nothing: a colleague looks at it.',
    },
  },
  model_not_served: {
    why: { fa: 'این مدل پایانه پشتیبانی نمی‌شود.', en: 'That model of terminal is not served.' },
    remedy: { fa: 'پایانهٔ نو درخواست کنید، یا پایانهٔ دیگری بنویسید.', en: 'Ask for a new terminal, or name another.' },
  },
  duplicate: {
    why: { fa: 'همین مشخصات در پروندهٔ دیگری هست.', en: 'Another case has the same particulars.' },
    remedy: {
      fa: 'همکار ما آن را بررسی می‌کند. اگر دو بار درخواست داده‌اید، یکی را پس بگیرید.',
      en: 'A colleague looks at it. If you applied twice, withdraw one of them.',
    },
  },
  disqualified_party: {
    why: {
      fa: 'به کسی پیوند دارد که از طرح کنار گذاشته شده است.',
      en: 'It is linked to a party that was disqualified.',
    },
    remedy: {
      fa: 'همکار ما آن را بررسی می‌کند و تصمیم با دلیل به شما گفته می‌شود؛ می‌توانید اعتراض کنید.',
      en: 'A colleague looks at it; you are told the decision with its reason, and may appeal.',
    },
  },
  paper_missing: {
    why: { fa: 'تصویر مدرک هنوز نرسیده است.', en: 'A paper has not come yet.' },
    remedy: { fa: 'تصویر را در همان مرحله بفرستید.', en: 'Send its picture in that step.' },
  },
  not_confirmed: {
    why: { fa: 'مالک هنوز آن را با کد پیامکی تأیید نکرده است.', en: 'The owner has not confirmed it by the code yet.' },
    remedy: {
      fa: 'کدی را که به همراه مالک پیامک می‌شود به کارمند ثبت‌نام بگویید.',
      en: 'Tell the clerk the code that is sent to the owner’s mobile.',
    },
  },
  other: {
    why: { fa: 'نیاز به اصلاح دارد.', en: 'It has to be put right.' },
    remedy: { fa: 'توضیح همکار ما را بخوانید و اصلاح کنید.', en: 'Read what our colleague wrote, and put it right.' },
  },
};
