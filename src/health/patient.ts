import type pg from 'pg';
import type { PaymentHsm } from '../hsm/index.ts';
import type { Config } from '../ops/config.ts';
import type { Clock } from '../ops/clock.ts';

/** What checks look at. Nothing is changed. */
export interface Patient {
  readonly config: Config;
  /** Default: that of the process. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** As the owner of the tables, or the role that there is. */
  readonly books: pg.Pool;
  /** As the gateway works. */
  readonly gateway: pg.Pool;
  /** The demo of `npm start`: one machine, without standby and backup on purpose. */
  readonly demo: boolean;
  /** That of the gateway itself, which stays open (default: one is opened for the look; a token is opened once a process). */
  readonly hsm?: PaymentHsm;
  /** HTTP addresses of the copies. */
  readonly copies: readonly string[];
}
