import type { Case } from '../case.ts';
import { ADVICES } from './advices.ts';
import { ANSWERS } from './answers.ts';
import { CLOCKS } from './clock.ts';
import { CONNECTION } from './connection.ts';
import { DECLINES } from './declines.ts';
import { INQUIRIES } from './inquiry.ts';
import { KEYS } from './keys.ts';
import { POWER_CUTS } from './power.ts';
import { PURCHASES } from './purchase.ts';
import { RECEIPTS } from './receipts.ts';
import { RETURNS } from './returns.ts';
import { REVERSALS } from './reversals.ts';
import { SILENCES } from './silence.ts';
import { TOTALS } from './totals.ts';
import { UPDATES } from './updates.ts';

/** Every case, in the order in which a run takes them. */
export const CASES: readonly Case[] = [
  ...CONNECTION,
  ...KEYS,
  ...PURCHASES,
  ...INQUIRIES,
  ...RETURNS,
  ...DECLINES,
  ...SILENCES,
  ...ANSWERS,
  ...REVERSALS,
  ...POWER_CUTS,
  ...CLOCKS,
  ...TOTALS,
  ...UPDATES,
  ...RECEIPTS,
  ...ADVICES,
];
