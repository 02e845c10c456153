import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
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
