import { createHmac } from 'node:crypto';
import type { Pool } from 'pg';
import { DEMO_TERMINALS, DEMO_TRANSPORT, DEMO_TRANSPORT_KEY } from '../src/demo/index.ts';
import { softwareHsm } from '../src/hsm/index.ts';
import { migrate, noteFact, seedDemo } from '../src/ledger/index.ts';
import { injectDemoKeys } from '../src/merchants/index.ts';
import { chanceOf } from './chance.ts';
import type { Scheduler } from './scheduler.ts';
import { imageOf } from './store/image.ts';

/** 08:00 in Tehran of 2026-11-23, in the middle of a Jalali month, and of 2026-12-21, the last day of one: credit is good for this day
 *  only, or for longer where the office says so, and new credit begins tomorrow. */
export const STARTS_MS = [Date.UTC(2026, 10, 23, 4, 30), Date.UTC(2026, 11, 21, 4, 30)] as const;

/** Nobody's secrets. */
export const LMK = Buffer.alloc(32, 7);
export const PAN_KEY = Buffer.alloc(32, 9);

export function hashPan(pan: string): Buffer {
  return createHmac('sha256', PAN_KEY).update(pan).digest();
}

/** The demo programme on the first day, with the keys of its terminals: made once, copied for each run. */
export function programmeImage(startMs: number): Promise<Blob> {
  return imageOf('demo', '1', startMs, fill);
}

async function fill(pool: Pool, scheduler: Scheduler): Promise<void> {
  const clock = scheduler.clock({ name: 'maker', alive: true });
  await migrate(pool);
  await noteFact(pool, 'demo', 'seeded');
  await seedDemo(pool, { panHash: hashPan, now: clock.now() });
  const hsm = softwareHsm({ lmk: LMK, clock, random: chanceOf('keys of the demo').port.bytes });
  await injectDemoKeys(pool, hsm, DEMO_TERMINALS, { name: DEMO_TRANSPORT, key: DEMO_TRANSPORT_KEY });
}
