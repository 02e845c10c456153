import type { Registry } from 'prom-client';
import type { GuardNews } from '../../handlers/guard/index.ts';
import type { Neighbours, NeighboursListener } from '../../net/index.ts';
import type { Clock } from '../../ops/clock.ts';
import type { Config } from '../../ops/config.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { Readiness } from '../../ops/readiness.ts';
import type { Loop } from '../../ops/repeat.ts';
import { metricsOf } from './metrics.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

const SAY_EVERY_MS = 250;

/** Which of how many workers, from 1. */
export interface CrewPlace {
  readonly number: number;
  readonly of: number;
}

/** One of the processes that serve terminals for `serve --workers`, as seen from within it. */
export class Member implements Neighbours {
  /** From 1. */
  readonly number: number;
  readonly of: number;
  readonly #send: (said: FromWorker) => void;
  #listener: NeighboursListener | undefined;
  #onNews: (news: GuardNews) => void = () => undefined;
  #registry: Registry | undefined;
  #log: Log | undefined;

  private constructor(number: number, of: number, send: (said: FromWorker) => void) {
    this.number = number;
    this.of = of;
    this.#send = send;
  }

  /** @param number of this worker, among `of`
   *  @returns undefined: the process that this one is to tell is not there */
  static join({ number, of }: CrewPlace): Member | undefined {
    if (process.send === undefined) return undefined;
    const member = new Member(number, of, (said) => process.send?.(said));
    process.on('message', (told: ToWorker) => {
      member.#hear(told);
    });
    return member;
  }

  /** Its part of what one copy may have: connections come to the workers in turn. What one certificate may have is counted over all. */
  partOf(config: Config): Config {
    const part = (whole: number): number => Math.ceil(whole / this.of);
    return {
      ...config,
      maxConnections: part(config.maxConnections),
      maxConnectionsPerAddress: part(config.maxConnectionsPerAddress),
      maxHandshakes: part(config.maxHandshakes),
      maxHandshakesPerAddress: part(config.maxHandshakesPerAddress),
      handshakesPerSecond: part(config.handshakesPerSecond),
    };
  }

  onTerminal(terminal: string, connections: number): void {
    this.#send({ kind: 'terminal', terminal, connections });
  }

  follow(listener: NeighboursListener): void {
    this.#listener = listener;
  }

  tell(news: GuardNews): void {
    this.#send({ kind: 'guarded', news });
  }

  onNews(listener: (news: GuardNews) => void): void {
    this.#onNews = listener;
  }

  /** Says from now on what keeps this worker from making purchases. */
  report(readiness: Readiness, registry: Registry, clock: Clock, log: Log): Loop {
    this.#registry = registry;
    this.#log = log;
    let last: string | undefined;
    const say = async (): Promise<void> => {
      const missing = await readiness.missing();
      if (missing.join('\n') === last) return;
      last = missing.join('\n');
      this.#send({ kind: 'state', missing });
    };
    return clock.every(SAY_EVERY_MS, say, {
      first: 'now',
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'whether the worker is ready cannot be said; it is looked at again');
      },
    });
  }

  #hear(told: ToWorker): void {
    if (told.kind === 'elsewhere') this.#listener?.elsewhere(told.terminal, told.connections);
    else if (told.kind === 'displace') this.#listener?.displace(told.terminal);
    else if (told.kind === 'guarded') this.#onNews(told.news);
    else void this.#answer(told.id);
  }

  async #answer(id: number): Promise<void> {
    try {
      this.#send({ kind: 'metrics', id, metrics: this.#registry === undefined ? [] : await metricsOf(this.#registry) });
    } catch (error) {
      this.#log?.error(
        { error: messageOf(error) },
        'the metrics of a worker could not be read: they are missing in the sums',
      );
      this.#send({ kind: 'metrics', id, metrics: [] });
    }
  }
}
