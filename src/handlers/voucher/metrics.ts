import type pg from 'pg';
import { Counter, Gauge, type Registry } from 'prom-client';
import { DECISIONS } from '../../ops/function-set.ts';
import type { Log } from '../../ops/log.ts';
import { messageOf } from '../../ops/errors.ts';
import { tehran, type Now } from '../../ops/clock.ts';
import type { OrderBook } from './orders.ts';

export interface AuthorityMetrics {
  said(authority: string, act: string, said: string): void;
}

/** `kalabarg_authority_answers_total`, `kalabarg_authority_open`, `kalabarg_authority_open_oldest_seconds`. */
export function authorityMetrics(
  registry: Registry,
  orders: Pick<OrderBook, 'count' | 'standIns'>,
  clock: Now,
  log: Log,
): AuthorityMetrics {
  const registers = [registry];
  const answers = new Counter({
    name: 'kalabarg_authority_answers_total',
    help: 'What remote authorities answered, by act: reserved, declined, confirmed, cancelled, lapsed, reversed, unknown',
    labelNames: ['authority', 'act', 'said'],
    registers,
  });
  const oldest = new Gauge({
    name: 'kalabarg_authority_open_oldest_seconds',
    help: 'Age of the oldest of them; left out where there is none (database)',
    labelNames: ['authority'],
    registers,
  });
  new Gauge({
    name: 'kalabarg_authority_open',
    help: 'Orders of which an authority is still to hear what became of them (database)',
    labelNames: ['authority'],
    registers,
    async collect() {
      this.reset();
      oldest.reset();
      try {
        for (const { authority, count, oldest: since } of await orders.count()) {
          this.set({ authority }, count);
          oldest.set({ authority }, Math.max(0, clock.now() - since) / 1_000);
        }
      } catch (error) {
        // The other metrics are wanted most when the database is away.
        log.warn({ error: messageOf(error) }, 'orders of authorities could not be counted');
      }
    },
  });
  new Gauge({
    name: 'kalabarg_stand_in_rials',
    help: 'Rials granted for authorities that did not answer: waiting to be presented, taken, refused (database)',
    labelNames: ['programme', 'said'],
    registers,
    async collect() {
      this.reset();
      try {
        for (const { programme, said, rials } of await orders.standIns()) this.set({ programme, said }, rials);
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'what was granted for authorities could not be counted');
      }
    },
  });
  return {
    said: (authority, act, said) => {
      answers.inc({ authority, act, said });
    },
  };
}

/** So long ago is lately. */
const LATELY_MS = 15 * 60_000;

interface Stood {
  readonly of: 'authority' | 'bank';
  readonly lately: string;
  readonly today_rials: string;
}

/** `kalabarg_stand_ins_lately`, `kalabarg_stand_in_today_rials`: what stands in, for authorities and for the bank, whether or not there is an
 *  authority. */
export function standInMetrics(registry: Registry, pool: Pick<pg.Pool, 'query'>, clock: Now, log: Log): void {
  const registers = [registry];
  const today = new Gauge({
    name: 'kalabarg_stand_in_today_rials',
    help: 'Rials that stood in today for an authority or a bank that did not answer, without what was taken back (database)',
    labelNames: ['of'],
    registers,
  });
  new Gauge({
    name: 'kalabarg_stand_ins_lately',
    help: 'Purchases that stood in for an authority or a bank within the last 15 minutes (database)',
    labelNames: ['of'],
    registers,
    async collect() {
      this.reset();
      today.reset();
      try {
        const now = clock.now();
        const { rows } = await pool.query<Stood>(
          `select 'authority' as of, count(*) filter (where o.asked_at > $1) as lately,
                  coalesce(sum(${DECISIONS}.stand_in_kept(s)) filter (where s.day = $2), 0) as today_rials
             from stand_ins s join authority_orders o using (order_id) where s.day >= $2::date - 1
           union all
           select 'bank', count(*) filter (where s.at > $1),
                  coalesce(sum(s.rials) filter (where s.day = $2 and ${DECISIONS}.bank_stand_in_stands(s)), 0)
             from bank_stand_ins s where s.day >= $2::date - 1`,
          [now - LATELY_MS, tehran(now).isoDate],
        );
        for (const { of, lately, today_rials } of rows) {
          this.set({ of }, Number(lately));
          today.set({ of }, Number(today_rials));
        }
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'what stood in could not be counted');
      }
    },
  });
}
