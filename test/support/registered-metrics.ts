import pg from 'pg';
import { registerBackupGauge } from '../../src/backup/index.ts';
import { crewMetrics } from '../../src/gateway/crew/metrics.ts';
import { updateEndsGauge, updateMetrics } from '../../src/gateway/updates.ts';
import { endingMetrics } from '../../src/gateway/radar.ts';
import { authorityMetrics, standInMetrics } from '../../src/handlers/voucher/metrics.ts';
import { bankMetrics } from '../../src/handlers/bank/metrics.ts';
import { observed, softwareHsm } from '../../src/hsm/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { messageMetrics } from '../../src/messages/duty.ts';
import { createLog } from '../../src/ops/log.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { registryMetrics } from '../../src/registries/duty.ts';
import { registerBreakGauge, registerOwingGauge, registerSuspenseGauge } from '../../src/settlement/acquirer/gauges.ts';
import { registerLateGauge, registerLeftoverGauge } from '../../src/settlement/answers/gauges.ts';
import { registerInboxGauge } from '../../src/settlement/transfer/gauges.ts';

/** What the code registers: `name` and its labels. Nothing is collected, so no database is asked. */
export function registeredMetrics(): string[] {
  const metrics = createMetrics();
  const [registry, pool, log] = [metrics.registry, new pg.Pool(), createLog('silent')];
  authorityMetrics(
    registry,
    { count: () => Promise.resolve([]), standIns: () => Promise.resolve([]) },
    systemClock,
    log,
  );
  standInMetrics(registry, pool, systemClock, log);
  bankMetrics(metrics, () => ({ states: [], queued: 0 }));
  observed(softwareHsm({ lmk: Buffer.alloc(32, 5) }), registry, systemClock);
  registerBreakGauge(registry, pool, systemClock, log);
  registerOwingGauge(registry, pool, systemClock, log);
  registerSuspenseGauge(registry, pool, log);
  registerLeftoverGauge(registry, pool, log);
  registerLateGauge(registry, pool, systemClock, log);
  registerInboxGauge(registry, '', log);
  registerBackupGauge(registry, '');
  messageMetrics(registry, pool, systemClock, log);
  registryMetrics(registry, pool, systemClock, log);
  updateMetrics(registry);
  updateEndsGauge(registry);
  endingMetrics(registry);
  crewMetrics(registry, () => ({ wanted: 0, ready: 0 }));
  return registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith('kalabarg_'))
    .map((metric) => `${metric.name} ${(metric as unknown as { labelNames: string[] }).labelNames.join(',')}`)
    .sort();
}
