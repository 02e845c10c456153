import { book } from '../../words/tongue.ts';

export const words = book(
  'programmes',
  {
    title: 'طرح‌ها و ضوابط',
    inForce: 'ضوابط خرید در امروز ({{day}})',
    charge: 'شارژ این دوره',
    baskets: 'سبدهای کالا',
    rules: 'ضوابط به تاریخ',
    charges: 'شارژها به تاریخ',
    entitlements: 'سهمیه‌ها',
    windows: 'پایان‌های جابه‌جاشدهٔ اعتبار',
    guilds: 'هر صنف چه می‌فروشد',
    guild: 'صنف',
    categories: 'گروه‌های کالا',
    none: 'چیزی نیست.',
  },
  {
    title: 'Programmes and rules',
    inForce: 'Rules of purchases today ({{day}})',
    charge: 'Charge that holds',
    baskets: 'Baskets of goods',
    rules: 'Rules by date',
    charges: 'Charges by date',
    entitlements: 'Entitlements',
    windows: 'Ends of credit that were moved',
    guilds: 'What each guild sells',
    guild: 'Guild',
    categories: 'Categories',
    none: 'There is none.',
  },
);
