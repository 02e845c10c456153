import { AggregatorRegistry, Counter, Gauge, type Registry } from 'prom-client';
import type { MetricObject } from './protocol.ts';

/** Gauges of which each process has a part. Any other says the same of the whole in each process, or is said by one alone. */
const PARTS = new Set([
  'kalabarg_terminal_connections',
  'kalabarg_terminal_sockets',
  'kalabarg_bank_links_ready',
  'kalabarg_queued_advices',
  'kalabarg_bank_connections',
  'kalabarg_bank_in_flight',
  'kalabarg_bank_queue',
  'kalabarg_bank_advice_window',
]);

/** One text of all processes: counters and histograms are summed, gauges as they are meant. */
export async function metricsOfAll(processes: readonly (readonly MetricObject[])[]): Promise<string> {
  const meant = processes.map((metrics) => metrics.map(withAggregator));
  return AggregatorRegistry.aggregate(meant).metrics();
}

export function metricsOf(registry: Registry): Promise<MetricObject[]> {
  return registry.getMetricsAsJSON();
}

function withAggregator(metric: MetricObject): MetricObject {
  const ours = metric.name.startsWith('kalabarg_') && String(metric.type) === 'gauge';
  return ours ? { ...metric, aggregator: PARTS.has(metric.name) ? 'sum' : 'max' } : metric;
}

/** @param workers asked at each scrape
 *  @returns the counter of workers that ended */
export function crewMetrics(
  registry: Registry,
  workers: () => { readonly wanted: number; readonly ready: number },
): Counter {
  const registers = [registry];
  new Gauge({
    name: 'kalabarg_workers',
    help: 'Processes of serve --workers: wanted, and ready to make purchases',
    labelNames: ['state'],
    registers,
    collect() {
      const { wanted, ready } = workers();
      this.set({ state: 'wanted' }, wanted);
      this.set({ state: 'ready' }, ready);
    },
  });
  return new Counter({
    name: 'kalabarg_worker_ends_total',
    help: 'Workers that ended by themselves; each is replaced',
    registers,
  });
}
