import { Counter, Gauge, type Registry } from 'prom-client';
import type { Log } from '../../ops/log.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Now } from '../../ops/clock.ts';
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
