/** One shop's side of settlement: its lines, its days, and the pay clock. */
export type { Portion } from './clock.ts';
export { readLines, type ShopLine } from './lines.ts';
export { followed, readAccount, readPay } from './pay.ts';
