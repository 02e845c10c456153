import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { tehran, type Now } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';

/** `kalabarg_bank_leftovers`: what the bank booked or said that is about no order, and no person has closed. Without a database it
 *  is left out. */
export function registerLeftoverGauge(registry: Registry, pool: Pool, log: Log): void {
  new Gauge({
    name: 'kalabarg_bank_leftovers',
    help: 'Bookings and words of the bank that are about none of our orders, and wait for a person',
    registers: [registry],
    async collect() {
      this.reset();
      try {
        const { rows } = await pool.query<{ open: number }>(
          'select count(*)::int as open from bank_leftovers where closed_at is null',
        );
        this.set(rows[0]?.open ?? 0);
      } catch (error) {
        // The other metrics are wanted most when the database is away.
        log.warn({ error: messageOf(error) }, 'leftovers could not be counted');
      }
    },
  });
}

const LATE = `select count(*)::int as late from payment_orders o join payment_files f using (message_id)
  where o.state in ('made', 'sent', 'accepted') and f.pay_on < $1`;

/** `kalabarg_late_orders`: shops that were not paid on the promised day. Without a database it is left out. */
export function registerLateGauge(registry: Registry, pool: Pool, clock: Now, log: Log): void {
  new Gauge({
    name: 'kalabarg_late_orders',
    help: 'Payment orders whose day is over, and that are neither paid nor returned: an alarm',
    registers: [registry],
    async collect() {
      this.reset();
      try {
        const { rows } = await pool.query<{ late: number }>(LATE, [tehran(clock.now()).isoDate]);
        this.set(rows[0]?.late ?? 0);
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'late orders could not be counted');
      }
    },
  });
}
