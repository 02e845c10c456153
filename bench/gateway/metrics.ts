import type { System } from '../../test/support/system.ts';

export interface Metrics {
  readonly rssMiB: number;
  readonly loopP99Ms: number;
  readonly processorSeconds: number;
  readonly entries: number;
  readonly batches: number;
}

/** What the gateway says of itself. */
export function metrics(system: System): Promise<Metrics> {
  return metricsAt(system.httpPort);
}

export async function metricsAt(httpPort: number): Promise<Metrics> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  return {
    rssMiB: value('process_resident_memory_bytes') / 1_048_576,
    loopP99Ms: value('nodejs_eventloop_lag_p99_seconds') * 1_000,
    processorSeconds: value('process_cpu_seconds_total'),
    entries: value('kalabarg_ledger_batch_size_sum'),
    batches: value('kalabarg_ledger_batch_size_count'),
  };
}
