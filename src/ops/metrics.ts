import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from './version.ts';

/** What the gateway counts. Names and labels are documented in docs/metrics.md. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'mti' | 'de3' | 'de39'>;
  readonly latency: Histogram<'mti'>;
  readonly connections: Gauge;
  readonly sockets: Gauge;
  readonly refusedConnections: Counter<'reason'>;
  readonly refusedFrames: Counter<'reason'>;
  readonly wrongMacs: Counter<'terminal'>;
  readonly supersededKeys: Counter<'terminal'>;
  readonly unknownTags: Counter<'element'>;
  readonly guardRefusals: Counter<'rule'>;
  readonly terminalBlocks: Counter<'rule'>;
  readonly batchSize: Histogram;
  readonly bankLinks: Gauge;
  readonly queuedAdvices: Gauge;
  readonly clockDrift: Gauge;
  readonly sickTerminals: Gauge<'rule'>;
  readonly dutyDone: Gauge<'duty'>;
  readonly serves: Gauge<'part'>;
  readonly certificateFilesBroken: Gauge;
}

type LogCounts = () => { readonly dropped: number; readonly repeated: number };

/** A registry of its own each time, so that two gateways in one process (tests) do not meet. */
export function createMetrics(logCounts: LogCounts = () => ({ dropped: 0, repeated: 0 })): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const build = { version: VERSION, node: process.versions.node };
  new Gauge({
    name: 'kalabarg_build_info',
    help: 'What runs: always 1',
    labelNames: ['version', 'node'],
    registers,
  }).set(build, 1);
  registerLogCounts(registry, logCounts);
  return {
    registry,
    requests: new Counter({
      name: 'kalabarg_requests_total',
      help: 'Requests answered, by MTI, processing code (DE 3) and response code (DE 39)',
      labelNames: ['mti', 'de3', 'de39'],
      registers,
    }),
    latency: new Histogram({
      name: 'kalabarg_request_seconds',
      help: 'From the last byte of a request to its answer handed to the socket',
      labelNames: ['mti'],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers,
    }),
    connections: new Gauge({ name: 'kalabarg_terminal_connections', help: 'Terminals connected now', registers }),
    sockets: new Gauge({
      name: 'kalabarg_terminal_sockets',
      help: "Sockets on terminals' ports, those in their handshake too",
      registers,
    }),
    refusedConnections: new Counter({
      name: 'kalabarg_refused_connections_total',
      help: 'Connections of terminals that were refused or ended by the gateway, by reason',
      labelNames: ['reason'],
      registers,
    }),
    refusedFrames: new Counter({
      name: 'kalabarg_refused_frames_total',
      help: 'Frames that were not answered as asked, by reason',
      labelNames: ['reason'],
      registers,
    }),
    wrongMacs: new Counter({
      name: 'kalabarg_wrong_macs_total',
      help: 'Requests with a wrong MAC, by terminal',
      labelNames: ['terminal'],
      registers,
    }),
    supersededKeys: new Counter({
      name: 'kalabarg_superseded_keys_total',
      help: 'Requests MACed under keys that a later key download replaced, by terminal: two devices may have one identity',
      labelNames: ['terminal'],
      registers,
    }),
    unknownTags: new Counter({
      name: 'kalabarg_unknown_tags_total',
      help: 'Tags in requests that the dialect does not describe, by element; they are ignored',
      labelNames: ['element'],
      registers,
    }),
    guardRefusals: new Counter({
      name: 'kalabarg_guard_refusals_total',
      help: 'Events beyond a limit of the guard, by rule',
      labelNames: ['rule'],
      registers,
    }),
    terminalBlocks: new Counter({
      name: 'kalabarg_terminal_blocks_total',
      help: 'Terminals that the guard blocked, by rule',
      labelNames: ['rule'],
      registers,
    }),
    batchSize: new Histogram({
      name: 'kalabarg_ledger_batch_size',
      help: 'Requests decided in one call of the database',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    bankLinks: new Gauge({
      name: 'kalabarg_bank_links_ready',
      help: 'Links to the bank switch that are signed on',
      registers,
    }),
    queuedAdvices: new Gauge({
      name: 'kalabarg_queued_advices',
      help: 'Reversals and advices the bank has not taken yet',
      registers,
    }),
    sickTerminals: new Gauge({
      name: 'kalabarg_sick_terminals',
      help: 'Terminals beyond a threshold of their health today, by rule',
      labelNames: ['rule'],
      registers,
    }),
    clockDrift: new Gauge({
      name: 'kalabarg_clock_drift_seconds',
      help: "How far this machine's clock is ahead of the database's",
      registers,
    }),
    dutyDone: new Gauge({
      name: 'kalabarg_housekeeping_success_timestamp_seconds',
      help: 'When a duty of housekeeping was last done, Unix time; the start of the ledger until then',
      labelNames: ['duty'],
      registers,
    }),
    certificateFilesBroken: new Gauge({
      name: 'kalabarg_certificate_files_broken',
      help: 'Whether the files of certificates cannot be used, so that those of before are served on',
      registers,
    }),
    serves: new Gauge({
      name: 'kalabarg_serves',
      help: 'Whether this process serves terminals, console, public or jobs (serve --only)',
      labelNames: ['part'],
      registers,
    }),
  };
}

function registerLogCounts(registry: Registry, counts: LogCounts): void {
  const of = (name: string, help: string, key: 'dropped' | 'repeated'): void => {
    const counter = new Counter({
      name,
      help,
      registers: [registry],
      collect: () => {
        counter.reset();
        counter.inc(counts()[key]);
      },
    });
  };
  of('kalabarg_log_lines_dropped_total', 'Log lines that could not be written (a full disk)', 'dropped');
  of('kalabarg_log_lines_repeated_total', 'Log lines that were counted together instead of written', 'repeated');
}
