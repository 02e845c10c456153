import { book } from '../../words/tongue.ts';

export const words = book(
  'search',
  {
    title: 'جست‌وجو',
    what: 'شماره‌ای که دارید',
    help: 'شمارهٔ مرجع، پیگیری، پایانه، فروشگاه، کارت (کامل یا ۶۰۳۷۹۹*۰۰۷۸)، دستور پرداخت، رسید، شکایت یا پرونده',
    go: 'جست‌وجو',
    none: 'چیزی با این شماره پیدا نشد.',
    'none.help':
      'شماره را بررسی کنید. شمارهٔ پیگیری فقط در دو روز آخر جست‌وجو می‌شود؛ برای روزهای پیش‌تر پایانه را هم بدهید.',
    more: 'بیش از این هم هست: شمارهٔ دقیق‌تری بدهید.',
    'kind.transaction': 'تراکنش',
    'kind.terminal': 'پایانه',
    'kind.shop': 'فروشگاه',
    'kind.household': 'خانوار',
    'kind.payment-file': 'فایل پرداخت',
    'kind.payment-order': 'دستور پرداخت',
    'kind.complaint': 'شکایت',
    'kind.case': 'پرونده',
  },
  {
    title: 'Search',
    what: 'The number that you have',
    help: 'RRN, STAN, terminal, shop, card (whole or 603799*0078), payment order, receipt, complaint or case',
    go: 'Search',
    none: 'Nothing was found under this number.',
    'none.help':
      'Check the number. A STAN is looked for in the last two days only; for earlier ones give the terminal too.',
    more: 'There is more than this: give a more exact number.',
    'kind.transaction': 'Transaction',
    'kind.terminal': 'Terminal',
    'kind.shop': 'Shop',
    'kind.household': 'Household',
    'kind.payment-file': 'Payment file',
    'kind.payment-order': 'Payment order',
    'kind.complaint': 'Complaint',
    'kind.case': 'Case',
  },
);
