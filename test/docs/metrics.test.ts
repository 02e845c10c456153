import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { updateEndsGauge, updateMetrics } from '../../src/gateway/updates.ts';
import { endingMetrics } from '../../src/gateway/radar.ts';
import { bankMetrics } from '../../src/handlers/bank/metrics.ts';
import { observed, softwareHsm } from '../../src/hsm/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { messageMetrics } from '../../src/messages/duty.ts';
import { createLog } from '../../src/ops/log.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { registryMetrics } from '../../src/registries/duty.ts';
import { registerBreakGauge, registerOwingGauge, registerSuspenseGauge } from '../../src/settlement/acquirer/gauges.ts';
import { registerLeftoverGauge } from '../../src/settlement/answers/gauges.ts';
import { registerInboxGauge } from '../../src/settlement/transfer/gauges.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8');

/** What the code registers: `name` and its labels. Nothing is collected, so no database is asked. */
function registered(): string[] {
  const metrics = createMetrics();
  const [registry, pool, log] = [metrics.registry, new pg.Pool(), createLog('silent')];
  bankMetrics(metrics, () => ({ states: [], queued: 0 }));
  observed(softwareHsm({ lmk: Buffer.alloc(32, 5) }), registry, systemClock);
  registerBreakGauge(registry, pool, systemClock, log);
  registerOwingGauge(registry, pool, systemClock, log);
  registerSuspenseGauge(registry, pool, log);
  registerLeftoverGauge(registry, pool, log);
  registerInboxGauge(registry, '', log);
  messageMetrics(registry, pool, systemClock, log);
  registryMetrics(registry, pool, systemClock, log);
  updateMetrics(registry);
  updateEndsGauge(registry);
  endingMetrics(registry);
  return registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith('kalabarg_'))
    .map((metric) => `${metric.name} ${(metric as unknown as { labelNames: string[] }).labelNames.join(',')}`)
    .sort();
}

test('docs/metrics.md has every metric with its labels, and no other', () => {
  const documented = [...page.matchAll(/^\| `(kalabarg_\w+)` \| ([^|]*)\| \S.* \|.* \|$/gm)].map(
    ([, name = '', labels = '']) => `${name} ${labels.replace(/[` ]/g, '')}`,
  );
  expect(documented.sort()).toEqual(registered());
});

test('every metric that the sources name is registered by what this test calls', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, 'src', name), 'utf8'));
  // `new Gauge({ name: '…' })`, or a helper that is given the name and then the help text.
  const named = sources
    .flatMap((text) => [...text.matchAll(/(?:name: |\b(?:of|gauge)\()'(kalabarg_\w+)'/g)])
    .map(([, name = '']) => name);
  expect(named.sort()).toEqual(registered().map((line) => line.split(' ')[0]));
});

test('rules name only metrics that there are', () => {
  const names = registered().map((line) => line.split(' ')[0]);
  const used = page.match(/kalabarg_[a-z_]+/g) ?? [];
  expect(used.filter((name) => !names.includes(name))).toEqual([]);
});
