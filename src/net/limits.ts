/** Bounds of the terminals' door. Each is a setting of the same meaning (`kalabarg config`). */
export interface Limits {
  /** Connections whose handshake is done. */
  readonly maxConnections: number;
  /** Sockets of one address, whatever their state. */
  readonly maxConnectionsPerAddress: number;
  /** Connections of one certificate. */
  readonly maxConnectionsPerTerminal: number;
  /** Sockets whose handshake is not done. */
  readonly maxHandshakes: number;
  readonly maxHandshakesPerAddress: number;
  readonly handshakesPerSecond: number;
  readonly handshakeTimeoutMs: number;
  /** Requests of one certificate; what comes faster waits. */
  readonly terminalRequestsPerSecond: number;
}

/** Descriptors that terminals never get: health, the database, the bank, the HSM, files. */
const RESERVED = 512;

/** How many descriptors this process may open. */
export function descriptorLimit(): number {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  report.excludeNetwork = true; // else it asks the network for the names of its peers
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } };
  const limit = Number(userLimits?.open_files?.soft);
  return Number.isFinite(limit) && limit > 0 ? limit : Infinity;
}

/** The limits that `descriptors` allow: a quarter of few descriptors, or 512 of many, stays free, and of the rest at most a
 *  quarter is for handshakes. */
export function withinDescriptors(limits: Limits, descriptors: number): Limits {
  const free = Math.floor(descriptors - Math.min(RESERVED, descriptors / 4));
  const maxHandshakes = Math.max(1, Math.min(limits.maxHandshakes, Math.floor(free / 4)));
  return {
    ...limits,
    maxHandshakes,
    maxConnections: Math.max(1, Math.min(limits.maxConnections, free - maxHandshakes)),
  };
}
