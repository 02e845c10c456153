import type { FrameOptions } from '../codec/index.ts';
import type { Clock } from '../ops/clock.ts';
import type { Config } from '../ops/config.ts';
import { settingName } from '../ops/config.ts';
import { GatewayError, messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Neighbours } from './book.ts';
import { descriptorLimit, withinDescriptors, type Limits } from './limits.ts';
import { listenForTerminals, type Admission, type Listener, type ListenerOptions, type ListenOn } from './listener.ts';
import type { FrameHandler } from './session.ts';
import { parsePlace, placeText } from '../field/place.ts';

export interface TerminalPorts {
  readonly config: Config;
  readonly tls: ListenerOptions['tls'];
  readonly handle: FrameHandler;
  readonly admission?: Admission;
  readonly neighbours?: Neighbours | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Opens the ports that the configuration names for terminals, within the descriptors that this process may open.
 *  @throws GatewayError `port.taken`, `config.invalid` */
export function openTerminalPorts({
  config,
  tls,
  handle,
  admission,
  neighbours,
  clock,
  log,
  metrics,
}: TerminalPorts): Promise<Listener> {
  return listenForTerminals({
    on: terminalPorts(config),
    limits: affordable(config, log),
    idleTimeoutMs: config.idleTimeoutMs,
    tls,
    handle,
    admission,
    neighbours,
    clock,
    onConnections: (count) => {
      metrics.connections.set(count);
    },
    onSockets: (count) => {
      metrics.sockets.set(count);
    },
    onRefused: (refusal, { remote, terminal, reason }) => {
      metrics.refusedConnections.inc({ reason: refusal });
      if (refusal === 'tls') metrics.refusedFrames.inc({ reason: 'tls' });
      if (refusal === 'session') metrics.refusedFrames.inc({ reason: 'closed' });
      const about = { ...(terminal === '' ? {} : { terminal }), remote, reason };
      log.warn(about, refusal === 'tls' ? 'TLS handshake refused' : 'connection closed');
    },
    onFault: (error) => {
      log.error({ error: messageOf(error) }, 'connections could not be looked over; it is tried again');
    },
  });
}

function affordable(config: Config, log: Log): Limits {
  const descriptors = descriptorLimit();
  const limits = withinDescriptors(config, descriptors);
  const { maxConnections, maxHandshakes } = limits;
  if (maxConnections < config.maxConnections) {
    log.warn(
      { descriptors, maxConnections, maxHandshakes, wanted: config.maxConnections },
      'fewer terminals can be connected than KALABARG_MAX_CONNECTIONS says: raise the limit of open files (ulimit -n)',
    );
  }
  return limits;
}

const FRAMINGS: Readonly<Record<string, Partial<FrameOptions>>> = {
  binary2: { header: 'binary2' },
  ascii4: { header: 'ascii4' },
  bcd2: { header: 'bcd2' },
  inclusive: { lengthIncludesHeader: true },
  tpdu: { tpdu: true },
};

/** `KALABARG_TERMINAL_PORT`, framed as `KALABARG_TPDU` says, and what `KALABARG_LISTENERS` adds: `[host:]port[/framing…]`, with
 *  commas. Framings: a header (`binary2`, `ascii4` or `bcd2`), `inclusive` for a length that counts itself, `tpdu`.
 *  @throws GatewayError `config.invalid` */
export function terminalPorts(
  config: Pick<Config, 'host' | 'terminalPort' | 'tpdu' | 'maxFrameBytes' | 'listeners'>,
): ListenOn[] {
  const { host, terminalPort, tpdu, maxFrameBytes } = config;
  const plain = { header: 'binary2', tpdu, maxBytes: maxFrameBytes } as const;
  const ports: ListenOn[] = [{ host, port: terminalPort, setting: settingName('terminalPort'), framing: plain }];
  const setting = settingName('listeners');
  for (const text of config.listeners.split(',').map((one) => one.trim())) {
    if (text === '') continue;
    const [where = '', ...words] = text.split('/');
    const place = parsePlace(/^\d+$/.test(where) ? placeText({ host, port: Number(where) }) : where);
    const headers = words.filter((word) => FRAMINGS[word]?.header !== undefined);
    if (place === undefined || !words.every((word) => Object.hasOwn(FRAMINGS, word)) || headers.length > 1) {
      throw new GatewayError(
        'config.invalid',
        `${setting}: "${text}" is not a port for terminals. Give [host:]port, then any of ${Object.keys(FRAMINGS)
          .map((word) => `/${word}`)
          .join(' ')}, for example 8584/tpdu or 0.0.0.0:8585/ascii4/inclusive.`,
      );
    }
    const framing = Object.assign(
      { header: 'binary2', maxBytes: maxFrameBytes },
      ...words.map((word) => FRAMINGS[word]),
    ) as FrameOptions;
    ports.push({ ...place, setting, framing });
  }
  return ports;
}
