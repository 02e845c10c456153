import type { Text } from '../../language.ts';

/** What a shop consents to, by version (shop_rules.terms). A version never changes once somebody accepted it. */
export const TERMS: Readonly<Record<string, readonly Text[]>> = {
  '1405-1': [
    {
      fa: 'با اعتبار کالابرگ تنها کالاهای مشمول را می‌فروشم. پول نقد در برابر اعتبار نمی‌دهم.',
      en: 'For kalabarg credit I sell eligible goods alone. I give no cash for it.',
    },
    {
      fa: 'قیمت و وزن برای خریدار کالابرگ همان است که برای دیگران است. کارمزدی از او نمی‌گیرم.',
      en: 'Prices and weights are the same for kalabarg customers as for others. I charge them no fee.',
    },
    {
      fa: 'خریدار را به خرج‌کردن همهٔ اعتبارش وانمی‌دارم و رسید پایانه را به او می‌دهم.',
      en: 'I do not make a customer spend the whole credit, and I hand over the receipt.',
    },
    {
      fa: 'پایانه در همین فروشگاه می‌ماند. آن را به کسی اجاره یا واگذار نمی‌کنم و رمز کارت خریدار را نمی‌پرسم.',
      en: 'The terminal stays in this shop. I rent it to nobody, and do not ask for the PIN of a card.',
    },
    {
      fa: 'پیش از پایان اعتبار پروانه، نسخهٔ تازهٔ آن را می‌فرستم. تغییر مالک، نشانی و شبا را خبر می‌دهم.',
      en: 'Before the licence ends I send the new one. I report a change of owner, address or Sheba.',
    },
    {
      fa: 'اگر تخلفی گزارش شود، فهرست تراکنش‌ها و قاعده به من نشان داده می‌شود، ۱۰ روز برای پاسخ دارم و می‌توانم اعتراض کنم.',
      en: 'If a violation is reported I am shown the transactions and the rule, have 10 days to answer, and may appeal.',
    },
    {
      fa: 'مدارک من تنها برای بررسی همین پرونده خوانده می‌شود، هر بار خواندن ثبت می‌شود و پس از مدت مقرر پاک می‌شود.',
      en: 'My papers are read for this case alone, each reading is recorded, and they are removed after the set time.',
    },
  ],
};
