import { DEMO_TERMINALS, terminalCertificate, type DemoTerminal } from '../demo/index.ts';
import type { Units } from '../field/money-unit.ts';
import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Random } from '../ops/random.ts';
import { NATIVE, openProfiles } from '../profiles/index.ts';
import { deviceUnits, memoryStore, newTillRecord, type TillStore } from '../simulators/terminal/index.ts';
import { PosDevice } from './device.ts';

export interface PosOptions {
  /** Where the running gateway listens for terminals. */
  readonly host: string;
  readonly port: number;
  /** PEM: who issued the gateway's certificate. */
  readonly ca: string;
  /** Certificates of the demo's terminals lie in it. */
  readonly dataDir: string;
  /** In which unit of money terminals speak when. */
  readonly units: Pick<Units, 'ofTerminals' | 'ever'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The drawn devices of `/pos`, one visitor each: of the demo alone. */
export interface Pos {
  /** A device for whoever shows this token from now on. @returns undefined: all are taken */
  enter(token: string): PosDevice | undefined;
  /** @returns undefined: nobody, or left alone for too long */
  find(token: string): PosDevice | undefined;
  leave(token: string): void;
  close(): Promise<void>;
}

/** At the demo's first shop, which may sell; the lower numbers are for who types commands beside it. */
const TERMINALS = [6, 7, 8, 9, 10, 26, 27, 28, 29, 30].map((n) => String(10_000_000 + n));
/** Left alone for so long, a device is free again. */
const IDLE_MS = 15 * 60_000;
/** When none is free, who left one alone for so long loses it to who comes. */
const YIELD_MS = 2 * 60_000;
const SWEEP_MS = 60_000;

interface Lease {
  readonly token: string;
  readonly device: PosDevice;
  readonly seat: Seat;
  usedAt: number;
}

interface Seat {
  readonly terminal: DemoTerminal;
  readonly store: TillStore;
}

export function openPos(options: PosOptions): Pos {
  const { clock, random, log } = options;
  const codec = openProfiles().get(NATIVE)?.codec;
  if (codec === undefined) throw new GatewayError('terminal-profile.invalid', 'the native profile is missing');
  const units = deviceUnits(options.units, NATIVE);
  const free = DEMO_TERMINALS.filter(({ terminal }) => TERMINALS.includes(terminal)).map((terminal): Seat => ({
    terminal,
    store: memoryStore(newTillRecord(random.between(1, 900_000))),
  }));
  const leases = new Map<string, Lease>();
  const end = (lease: Lease): void => {
    lease.device.stop();
    leases.delete(lease.token);
    free.push(lease.seat);
  };
  const sweep = (idleMs: number): void => {
    const before = clock.monotonic() - idleMs;
    for (const lease of leases.values()) if (lease.usedAt < before) end(lease);
  };
  const sweeping = clock.every(
    SWEEP_MS,
    () => {
      sweep(IDLE_MS);
    },
    {
      onError: (error) => {
        log.error({ error }, 'drawn devices could not be freed; it is tried again');
      },
    },
  );
  const find = (token: string): PosDevice | undefined => {
    const lease = leases.get(token);
    if (lease === undefined) return undefined;
    lease.usedAt = clock.monotonic();
    return lease.device;
  };
  const enter = (token: string): PosDevice | undefined => {
    if (free.length === 0) sweep(YIELD_MS);
    const seat = free.shift();
    if (seat === undefined) return undefined;
    const { cert, key } = terminalCertificate(options.dataDir, seat.terminal.terminal);
    const endpoint = { host: options.host, port: options.port, tls: { ca: options.ca, cert, key } };
    const device = new PosDevice({ terminal: seat.terminal, endpoint, codec, store: seat.store, units, clock, log });
    leases.set(token, { token, device, seat, usedAt: clock.monotonic() });
    device.start();
    return device;
  };
  return {
    find,
    enter: (token) => find(token) ?? enter(token),
    leave: (token) => {
      const lease = leases.get(token);
      if (lease !== undefined) end(lease);
    },
    close: async () => {
      await sweeping.stop();
      for (const lease of leases.values()) end(lease);
    },
  };
}
