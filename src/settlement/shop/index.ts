/** One shop's side of settlement: its lines, its days, and the pay clock. */
export { shopBackup } from './backup.ts';
export type { CauseCode, Party } from './cause.ts';
export {
  ANSWER_MS,
  headline,
  instantOf,
  payInstant,
  portionsOfSales,
  type DayPay,
  type Portion,
  type Stage,
} from './clock.ts';
export { readLines, type DaySum, type ShopLine } from './lines.ts';
export { followed, readAccount, readPay, type AccountPart, type ShopPay } from './pay.ts';
export { readReading } from '../../ledger/index.ts';
