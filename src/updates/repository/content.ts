import type { GoodsList, Menu } from '../format/index.ts';
import { isoOf } from './metadata.ts';
import type { Db } from './store.ts';

/** Files of the components `menu` and `goods`, as they are made here. A file of one's own may be given instead. */

/** Every transaction of wire.md 4 that a person starts; subsidised and ordinary goods stand apart. */
const MENU: Menu = {
  format: 1,
  entries: [
    {
      id: 'subsidised-purchase',
      labelFa: 'خرید یارانه‌ای / کالابرگ',
      labelEn: 'Subsidised purchase (kalabarg)',
      processingCode: '179800',
      tender: 'voucher_card',
      goods: 'subsidised',
      order: 1,
    },
    {
      id: 'subsidised-purchase-cash',
      labelFa: 'خرید یارانه‌ای، مانده نقدی',
      labelEn: 'Subsidised purchase, rest in cash',
      processingCode: '179898',
      tender: 'voucher_cash',
      goods: 'subsidised',
      order: 2,
    },
    {
      id: 'ordinary-purchase',
      labelFa: 'خرید عادی',
      labelEn: 'Ordinary purchase',
      processingCode: '000000',
      tender: 'card',
      goods: 'ordinary',
      order: 3,
    },
    {
      id: 'voucher-balance',
      labelFa: 'مانده‌ی اعتبار کالابرگ',
      labelEn: 'Voucher credit left',
      processingCode: '379800',
      tender: 'none',
      goods: 'none',
      order: 4,
    },
    {
      id: 'subsidised-return',
      labelFa: 'برگشت خرید یارانه‌ای',
      labelEn: 'Return of a subsidised purchase',
      processingCode: '279800',
      tender: 'none',
      goods: 'subsidised',
      order: 5,
    },
    {
      id: 'bank-balance',
      labelFa: 'مانده‌ی کارت بانکی',
      labelEn: 'Bank card balance',
      processingCode: '310000',
      tender: 'none',
      goods: 'none',
      order: 6,
    },
  ],
};

/** The menu with everything that the gateway serves. */
export function wholeMenu(): Buffer {
  return fileOfJson(MENU);
}

/** Goods that are valid now or will be, from the table that `goods.csv` fills (files.md). The same goods give the same bytes, whenever
 *  in a day they are asked for. */
export async function goodsOf(db: Db, now: number): Promise<Buffer> {
  const { rows } = await db.query<GoodsList['goods'][number]>(
    `select code, category, name_fa as "nameFa", coalesce(unit, '00') as unit, price_cap_rials::text as "priceCapRials",
            valid_from::text as "validFrom", case when valid_to = 'infinity' then '9999-12-31' else valid_to::text end as "validTo"
       from goods where valid_to >= $1::date order by code, valid_from`,
    [new Date(now)],
  );
  const asOf = isoOf(now - (now % 86_400_000));
  return fileOfJson({ format: 1, asOf, goods: rows } satisfies GoodsList);
}

function fileOfJson(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
