import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { tehran, type Now } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { owingShops } from '../clearing/owing.ts';

const COUNT = `
  select class, count(*) filter (where overdue)::int as overdue, count(*) filter (where not overdue)::int as within
    from (select class, $1::timestamptz - raised_at > make_interval(days =>
                   (select alarm_days from break_rules where valid_from <= settlement_date order by valid_from desc limit 1)) as overdue
            from breaks where state <> 'resolved') as b
   group by class`;

const BELOW = 'select count(*)::int as shops, coalesce(-sum(rials), 0) as rials from shops_below_suspense';

/** `kalabarg_suspense_below_zero{of="shops"|"rials"}`: anything but zero is an alarm. Nothing that the gateway does takes more out of a
 *  shop's suspense than into it; such a shop is not paid until a person has looked (docs/operations.md). */
export function registerSuspenseGauge(registry: Registry, pool: Pool, log: Log): void {
  new Gauge({
    name: 'kalabarg_suspense_below_zero',
    help: 'Shops whose suspense is below zero, and by how many rials: an alarm',
    labelNames: ['of'] as const,
    registers: [registry],
    async collect() {
      this.reset();
      try {
        const { rows } = await pool.query<{ shops: number; rials: string }>(BELOW);
        this.set({ of: 'shops' }, rows[0]?.shops ?? 0);
        this.set({ of: 'rials' }, Number(rows[0]?.rials ?? 0));
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'suspense could not be summed');
      }
    },
  });
}

/** `kalabarg_owing_shops`: shops whose net stays below zero: suspended, or for too long. Anything but zero is an alarm. */
export function registerOwingGauge(registry: Registry, pool: Pool, clock: Now, log: Log): void {
  new Gauge({
    name: 'kalabarg_owing_shops',
    help: 'Shops that owe and cannot pay by what they sell: an alarm',
    registers: [registry],
    async collect() {
      this.reset();
      try {
        this.set((await owingShops(pool, tehran(clock.now()).isoDate)).length);
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'owing shops could not be counted');
      }
    },
  });
}

/** `kalabarg_breaks{class, age}`: differences with acquirers that are not at their end, counted when they are asked for, so
 *  that every copy of the gateway says the same. The age alarm is `kalabarg_breaks{age="overdue"} > 0`: older than
 *  `break_rules.alarm_days`. Without a database they are left out. */
export function registerBreakGauge(registry: Registry, pool: Pool, clock: Now, log: Log): void {
  new Gauge({
    name: 'kalabarg_breaks',
    help: 'Unresolved differences with acquirers, by class and age (within, overdue)',
    labelNames: ['class', 'age'] as const,
    registers: [registry],
    async collect() {
      this.reset();
      try {
        const { rows } = await pool.query<{ class: string; overdue: number; within: number }>(COUNT, [
          new Date(clock.now()),
        ]);
        for (const row of rows) {
          this.set({ class: row.class, age: 'overdue' }, row.overdue);
          this.set({ class: row.class, age: 'within' }, row.within);
        }
      } catch (error) {
        // The other metrics are wanted most when the database is away.
        log.warn({ error: messageOf(error) }, 'breaks could not be counted');
      }
    },
  });
}
