import cluster, { type Worker } from 'node:cluster';
import { createInterface } from 'node:readline';
import type { Counter, Registry } from 'prom-client';
import { atMost, type Clock, type Timer } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { crewMetrics, metricsOf, metricsOfAll } from './metrics.ts';
import type { FromWorker, MetricObject, ToWorker } from './protocol.ts';
import { Whereabouts } from './whereabouts.ts';

export interface CrewOptions {
  readonly workers: number;
  /** Over all workers. */
  readonly maxConnectionsPerTerminal: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  /** Where lines of the workers' logs go; undefined: they write to standard error themselves. */
  readonly logLine: ((line: string) => void) | undefined;
}

/** The processes that serve terminals for this one. */
export interface Crew {
  /** What keeps every one of them from making purchases; undefined: one of them can. */
  fault(): string | undefined;
  /** The metrics of this process and of all workers, as one text. */
  metrics(): Promise<string>;
  reload(): void;
  /** Each answers what it was asked, and ends. */
  close(): Promise<void>;
}

interface Place {
  readonly number: number;
  worker: Worker | undefined;
  /** Why it makes no purchases; empty: it does; undefined: it has not said yet. */
  missing: readonly string[] | undefined;
  /** Whether it could make purchases since its start. */
  wasReady: boolean;
  /** How often running it ended without that. */
  failures: number;
  again: Timer | undefined;
}

const LEAST_PAUSE_MS = 100;
const MOST_PAUSE_MS = 10_000;
/** Longer than a worker takes to stop by itself. */
const STOP_WITHIN_MS = 8_500;
const METRICS_WITHIN_MS = 2_000;

/** Starts the workers. Each is `serve --only terminals` on the same ports: this process accepts connections and gives them to the
 *  workers in turn. One that ends is replaced.
 *  @throws GatewayError `gateway.workers` where one cannot start */
export async function openCrew(options: CrewOptions): Promise<Crew> {
  const crew = new RunningCrew(options);
  try {
    await crew.started();
  } catch (error) {
    await crew.close();
    throw error;
  }
  return crew;
}

class RunningCrew implements Crew {
  readonly #options: CrewOptions;
  readonly #places: readonly Place[];
  readonly #terminals: Whereabouts;
  readonly #asked = new Map<number, (number: number, metrics: readonly MetricObject[]) => void>();
  readonly #ends: Counter;
  #asks = 0;
  #onChange: () => void = () => undefined;
  /** Each worker came up once: from now on who ends is replaced. */
  #begun = false;
  #closing = false;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#terminals = new Whereabouts(options.maxConnectionsPerTerminal, (number, told) => {
      this.#tell(number, told);
    });
    this.#places = Array.from({ length: options.workers }, (_, index) => ({
      number: index + 1,
      worker: undefined,
      missing: undefined,
      wasReady: false,
      failures: 0,
      again: undefined,
    }));
    this.#ends = crewMetrics(options.registry, () => ({
      wanted: this.#places.length,
      ready: this.#places.filter(({ missing }) => missing?.length === 0).length,
    }));
    for (const place of this.#places) this.#fork(place);
  }

  /** @throws GatewayError where one ends before it has come up */
  started(): Promise<void> {
    return new Promise<void>((done, fail) => {
      const look = (): void => {
        const ended = this.#places.find(({ failures }) => failures > 0);
        if (ended !== undefined)
          fail(
            new GatewayError(
              'gateway.workers',
              `Worker ${ended.number} ended before it was up. What it wrote last says why; the same settings without --workers say it too.`,
            ),
          );
        else if (this.#places.every(({ missing }) => missing !== undefined)) {
          this.#begun = true;
          done();
        }
      };
      this.#onChange = look;
      look();
    }).then(() => {
      this.#onChange = () => undefined;
    });
  }

  fault(): string | undefined {
    const says = (place: Place): string => (place.missing ?? ['it is starting']).join('; ');
    if (this.#places.some(({ missing }) => missing?.length === 0)) return undefined;
    return this.#places.map((place) => `worker ${place.number}: ${says(place)}`).join('. ');
  }

  async metrics(): Promise<string> {
    const own = await metricsOf(this.#options.registry);
    return metricsOfAll([own, ...(await this.#metricsOfWorkers())]);
  }

  reload(): void {
    for (const { worker } of this.#places) worker?.process.kill('SIGHUP');
  }

  async close(): Promise<void> {
    this.#closing = true;
    const { clock, log } = this.#options;
    const ends = this.#places.map(({ worker, again }) => {
      clock.cancel(again);
      if (worker === undefined || worker.isDead()) return Promise.resolve();
      const ended = new Promise<void>((done) => worker.once('exit', () => { done(); })); // prettier-ignore
      worker.process.kill('SIGTERM');
      return ended;
    });
    await atMost(clock, STOP_WITHIN_MS, Promise.all(ends));
    for (const { number, worker } of this.#places) {
      if (worker === undefined || worker.isDead()) continue;
      log.warn({ worker: number }, 'a worker did not stop in time: killed');
      worker.process.kill('SIGKILL');
    }
  }

  #fork(place: Place): void {
    const { logLine } = this.#options;
    cluster.setupPrimary({
      exec: process.argv[1] ?? '',
      args: ['serve', '--only', 'terminals', '--crew', `${place.number}/${this.#places.length}`],
      silent: logLine !== undefined,
    });
    const worker = cluster.fork();
    Object.assign(place, { worker, missing: undefined, wasReady: false, again: undefined });
    worker.on('message', (said: FromWorker) => {
      this.#hear(place, said);
    });
    worker.on('error', () => undefined); // 'exit' follows, or a message found it gone
    worker.once('exit', (code: number | null, signal: string | null) => {
      this.#ended(place, code === null ? `signal ${signal}` : `status ${code}`);
    });
    worker.process.stdout?.resume();
    const lines = worker.process.stderr;
    if (lines !== null && logLine !== undefined)
      createInterface({ input: lines }).on('line', (line) => {
        if (line.startsWith('{')) logLine(`${line}\n`);
        else process.stderr.write(`${line}\n`); // words for a person, as at a start that fails
      });
  }

  #hear(place: Place, said: FromWorker): void {
    if (said.kind === 'state') {
      place.missing = said.missing;
      place.wasReady ||= said.missing.length === 0;
      this.#onChange();
    } else if (said.kind === 'terminal') this.#terminals.note(place.number, said.terminal, said.connections);
    else if (said.kind === 'metrics') this.#asked.get(said.id)?.(place.number, said.metrics);
    else
      for (const { number } of this.#places)
        if (number !== place.number) this.#tell(number, { kind: 'guarded', news: said.news });
  }

  #ended(place: Place, how: string): void {
    const { clock, log } = this.#options;
    Object.assign(place, { worker: undefined, missing: undefined });
    this.#terminals.forget(place.number);
    if (this.#closing) return;
    place.failures = place.wasReady ? 0 : place.failures + 1;
    if (!this.#begun) {
      this.#onChange();
      return;
    }
    const pauseMs = Math.min(MOST_PAUSE_MS, LEAST_PAUSE_MS * 2 ** Math.max(0, place.failures - 1));
    this.#ends.inc();
    log.error(
      { worker: place.number, how, pauseMs },
      'a worker ended: its terminals dial again, another takes its place',
    );
    place.again = clock.after(pauseMs, () => {
      this.#fork(place);
    });
  }

  #tell(number: number, told: ToWorker): void {
    const worker = this.#places[number - 1]?.worker;
    if (worker?.isConnected() === true) worker.send(told);
  }

  /** Of those that answer in time. */
  async #metricsOfWorkers(): Promise<(readonly MetricObject[])[]> {
    const id = ++this.#asks;
    const answers = new Map<number, readonly MetricObject[]>();
    const asked = this.#places.filter(({ worker }) => worker?.isConnected() === true);
    const all = new Promise<void>((done) => {
      this.#asked.set(id, (number, metrics) => {
        answers.set(number, metrics);
        if (answers.size === asked.length) done();
      });
      if (asked.length === 0) done();
    });
    for (const { number } of asked) this.#tell(number, { kind: 'metrics', id });
    await atMost(this.#options.clock, METRICS_WITHIN_MS, all);
    this.#asked.delete(id);
    return [...answers.values()];
  }
}
