import type { Pool } from 'pg';
import { tehran, type Clock } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { encodePiece, MOST_CHUNK_BYTES, readChunkRequest, readWireReport, type SignedReport } from '../format/index.ts';
import { loadOnlineKeys, type OnlineKeys } from '../repository/index.ts';
import { deviceOf, directorFor } from './devices.ts';
import { servedFile, type Served } from './files.ts';
import { canInstall, openLive } from './live.ts';
import { takeReport } from './reports.ts';

/** What terminals are given of updates, whichever way they ask: HTTPS, or 0800 without it. */
export interface Updates {
  /** Tag 16 of answers, from memory; undefined: nothing is published. */
  announcement(): string | undefined;
  /** @returns undefined: there is no such file, or not for this terminal */
  file(terminal: string, name: string): Promise<Served | undefined>;
  /** @throws GatewayError `updates.stranger`, `updates.forged`, `updates.rollback` */
  report(terminal: string, report: SignedReport, via: 'https' | 'wire'): Promise<void>;
  /** 0800 901. @returns tag 36; undefined: there is no such file
   *  @throws GatewayError `updates.malformed` */
  chunk(terminal: string, tag35: string): Promise<string | undefined>;
  /** 0800 902. @throws GatewayError `updates.malformed`, `updates.forged`, `updates.rollback`, `updates.stranger` */
  wireReport(terminal: string, tag37: string): Promise<void>;
  /** Whether devices can install anything now, from memory: no freeze, no metadata that has ended. */
  canInstall(now: number): boolean;
  /** Counts a wrong MAC of a terminal, for rollouts. */
  wrongMac(terminal: string): void;
  /** Reads at once what was published. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

export interface UpdatesOptions {
  readonly pool: Pool;
  /** Where `secrets/update-online-keys.json` lies. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each attack that a device reports. */
  readonly onAttack: (attack: string) => void;
}

/** Wrong MACs are written so often. */
const FLUSH_MS = 10_000;

const DIRECTOR = /^director\/([0-9A-Z]{1,40})\.json(?:\?nonce=((?:[0-9a-f]{2}){0,32}))?$/;

export async function openUpdates({ pool, dataDir, clock, log, onAttack }: UpdatesOptions): Promise<Updates> {
  const live = await openLive(pool, clock, (error) => {
    log.error({ error: String(error) }, 'what is published of updates could not be read; it is tried again');
  });
  const wrongMacs = new Map<string, number>();
  const flush = async (): Promise<void> => {
    if (wrongMacs.size === 0) return;
    const [terminals, counts] = [[...wrongMacs.keys()], [...wrongMacs.values()]];
    wrongMacs.clear();
    await pool.query(
      `insert into update_mac_failures as f (terminal_id, day, failures) select t, $3, n from unnest($1::text[], $2::int[]) as u (t, n) order by t
       on conflict (terminal_id, day) do update set failures = least(f.failures + excluded.failures, 1000000000)`,
      [terminals, counts, tehran(clock.now()).isoDate],
    );
  };
  const flushing = clock.every(FLUSH_MS, flush, {
    onError: (error) => {
      log.error({ error: String(error) }, 'wrong MACs could not be counted for rollouts');
    },
  });
  let keys: OnlineKeys | undefined;
  const onlineKeys = (): OnlineKeys | undefined => (keys ??= loadOnlineKeys(dataDir));

  const director = async (terminal: string, serial: string, nonce: string): Promise<Served | undefined> => {
    const device = await deviceOf(pool, terminal);
    const held = onlineKeys();
    // nobody reads what another shall install
    if (device === undefined || held === undefined || (serial !== device.serial && serial !== terminal))
      return undefined;
    if (live.now().announcement === undefined) return undefined;
    const bytes = await directorFor(pool, device, live.now(), held, { nonce, now: clock.now() });
    return {
      length: bytes.length,
      etag: `"director-${device.directorVersion}"`,
      forever: false,
      read: (from, length) => Promise.resolve(bytes.subarray(from, from + length)),
    };
  };
  const file: Updates['file'] = (terminal, name) => {
    const [, serial, nonce = ''] = DIRECTOR.exec(name) ?? [];
    return serial === undefined ? servedFile(pool, name) : director(terminal, serial, nonce);
  };
  const report: Updates['report'] = async (terminal, signed, via) => {
    const { repeated } = await takeReport(pool, terminal, signed, {
      via,
      releases: live.now().releases,
      now: clock.now(),
    });
    const { phase, component, releaseCounter, reason, attack } = signed.report;
    if (repeated) return;
    if (attack !== undefined) {
      onAttack(attack);
      log.warn({ terminal, attack }, 'a terminal saw an attack on its updates');
    }
    log.info({ terminal, phase, component, releaseCounter, reason, via }, 'version report');
  };
  return {
    announcement: () => live.now().announcement,
    canInstall: (now) => canInstall(live.now(), now),
    file,
    report,
    chunk: async (terminal, tag35) => {
      const { file: name, offset } = readChunkRequest(tag35);
      const found = await file(terminal, name);
      if (found === undefined) return undefined;
      if (offset > found.length)
        throw new GatewayError(
          'updates.malformed',
          `DE 48 tag 35: offset ${offset} lies behind the end, ${found.length}.`,
        );
      return encodePiece(await found.read(offset, MOST_CHUNK_BYTES), offset, found.length);
    },
    wireReport: (terminal, tag37) => report(terminal, readWireReport(tag37), 'wire'),
    wrongMac: (terminal) => {
      wrongMacs.set(terminal, (wrongMacs.get(terminal) ?? 0) + 1);
    },
    refresh: () => live.refresh(),
    close: async () => {
      await flushing.stop();
      await flush().catch(() => undefined); // a few that rollouts do without
      await live.close();
    },
  };
}
