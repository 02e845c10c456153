import type { Pool } from 'pg';
import { Counter, Gauge, type Registry as Metrics } from 'prom-client';
import type { Clock, Now } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Checked } from '../shops/index.ts';
import { openRegistry, type Registry } from './registry.ts';
import { declareRegistries, runCheck } from './run.ts';
import { readRegistries, type RegistrySettings } from './settings.ts';

const EVERY_MS = 1_000;
/** Questions that this copy has under way at once. */
const AT_ONCE = 8;
/** A registry that has said nothing of use for so long is an alarm, once in as long. */
const SILENT_MS = 15 * 60_000;

export interface RegistriesOptions {
  readonly pool: Pool;
  readonly dataDir: string;
  /** Where `<data>/registries.yaml` is not there: those of the demo. */
  readonly otherwise?: RegistrySettings | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Checks cases as long as it is open, on any number of copies; each must have the same `registries.yaml`.
 *  @throws GatewayError `settings.file` */
export async function startRegistries(options: RegistriesOptions): Promise<{ close(): Promise<void> }> {
  const { pool, dataDir, otherwise, clock, log, metrics } = options;
  const settings = readRegistries(dataDir) ?? otherwise;
  const registries = Object.fromEntries(
    Object.entries(settings?.registries ?? {}).map(([code, description]) => [
      code,
      openRegistry(description, `${code} in ${settings?.file ?? ''}`, clock),
    ]),
  ) as Partial<Record<Checked, Registry>>;
  const codes = Object.keys(registries) as Checked[];
  await declareRegistries(pool, codes, clock.now());
  if (codes.length > 0) log.info({ registries: codes }, 'registries are asked');
  const { count, silent } = registryMetrics(metrics, pool, clock, log);
  const checks = {
    pool,
    registries,
    busy: new Map<Checked, number>(),
    now: () => clock.now(),
    onSaid: (registry: Checked, said: string, how: string) => {
      count.inc({ registry, said, how });
    },
  };
  let alarmAt = -Infinity;
  const loop = clock.every(
    EVERY_MS,
    async (stopping) => {
      const worker = async (): Promise<void> => {
        while (!stopping.aborted && (await runCheck(checks)));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      if (clock.monotonic() < alarmAt) return;
      const out = (await silent()).filter(({ ms }) => ms >= SILENT_MS);
      if (out.length === 0) return;
      alarmAt = clock.monotonic() + SILENT_MS;
      log.error({ registries: out.map(({ registry }) => registry) }, 'ALARM: a registry does not answer');
    },
    {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'checking cases of shops failed; it runs again');
      },
    },
  );
  return {
    close: async () => {
      await loop.stop();
      for (const registry of Object.values(registries)) registry.close();
    },
  };
}

/** `kalabarg_registry_answers_total`, `kalabarg_registry_silent_seconds` (left out without a database).
 *  @returns with how long each registry that is asked has said nothing of use, ms */
export function registryMetrics(
  metrics: Metrics,
  pool: Pool,
  clock: Now,
  log: Log,
): { count: Counter<'registry' | 'said' | 'how'>; silent: () => Promise<{ registry: string; ms: number }[]> } {
  const count = new Counter({
    name: 'kalabarg_registry_answers_total',
    help: 'What registries said of what shops typed: yes, no, unknown; asked now, or cached from an earlier answer',
    labelNames: ['registry', 'said', 'how'],
    registers: [metrics],
  });
  const silent = async (): Promise<{ registry: string; ms: number }[]> => {
    const { rows } = await pool.query<{ registry: string; since: Date | null }>(
      'select code as registry, silent_since as since from registries where asked order by code',
    );
    return rows.map(({ registry, since }) => ({
      registry,
      ms: since === null ? 0 : Math.max(0, clock.now() - since.getTime()),
    }));
  };
  new Gauge({
    name: 'kalabarg_registry_silent_seconds',
    help: 'How long a registry has said nothing of use, 0 when its last answer was one (database)',
    labelNames: ['registry'],
    registers: [metrics],
    async collect() {
      this.reset();
      try {
        for (const { registry, ms } of await silent()) this.set({ registry }, ms / 1_000);
      } catch (error) {
        // The other metrics are wanted most when the database is away.
        log.warn({ error: messageOf(error) }, 'registries could not be counted');
      }
    },
  });
  return { count, silent };
}
