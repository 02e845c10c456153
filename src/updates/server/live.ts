import type { Pool } from 'pg';
import type { Clock } from '../../ops/clock.ts';
import type { Loop } from '../../ops/repeat.ts';
import { announcementOf } from '../format/index.ts';
import { liveReleases, type Release } from '../repository/index.ts';
import { newestRollouts, readFreeze, type Freeze, type LiveRollout } from '../rollouts/index.ts';

/** What directors and announcements go by, read again when something changed. Requests wait for none of it. */
export interface Live {
  /** Of tag 16; undefined: nothing was ever published. */
  readonly announcement: string | undefined;
  readonly timestampVersion: number;
  readonly releases: readonly Release[];
  readonly rollouts: readonly LiveRollout[];
  readonly freeze: Freeze | undefined;
  /** ms: when the first of the metadata that every device reads ends. */
  readonly ends: number;
}

const NOTHING: Live = {
  announcement: undefined,
  timestampVersion: 0,
  releases: [],
  rollouts: [],
  freeze: undefined,
  ends: 0,
};
/** How soon a copy of the gateway knows what another published. */
const LOOK_MS = 1_000;
/** Freezes begin and end by the clock. */
const FRESH_MS = 30_000;

export interface LiveState {
  now(): Live;
  /** Reads it at once: for whoever just changed something. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** @param onFault it could not be read; the last one holds */
export async function openLive(pool: Pool, clock: Clock, onFault: (error: unknown) => void): Promise<LiveState> {
  let live = NOTHING;
  let readAt = -Infinity;
  let known = '';
  const refresh = async (): Promise<void> => {
    const { rows } = await pool.query<{ version: number; changed: string }>({
      name: 'update-timestamp-version',
      text: `select m.version, m.at::text as changed from update_metadata m where role = 'timestamp' order by version desc limit 1`,
    });
    const [newest] = rows;
    if (newest === undefined) {
      live = NOTHING;
      return;
    }
    const mark = `${newest.version} ${newest.changed}`;
    if (mark === known && clock.monotonic() - readAt < FRESH_MS) return;
    live = await readLive(pool, newest.version, clock.now());
    known = mark;
    readAt = clock.monotonic();
  };
  await refresh();
  const loop: Loop = clock.every(LOOK_MS, refresh, { onError: onFault });
  return { now: () => live, refresh, close: () => loop.stop() };
}

async function readLive(pool: Pool, version: number, now: number): Promise<Live> {
  const { rows } = await pool.query<{ bytes: Buffer }>(
    `select bytes from update_metadata where role = 'timestamp' and version = $1`,
    [version],
  );
  const [timestamp] = rows;
  const releases = await liveReleases(pool);
  return {
    announcement: timestamp === undefined ? undefined : announcementOf(version, timestamp.bytes),
    timestampVersion: version,
    releases,
    rollouts: await newestRollouts(pool),
    freeze: await readFreeze(pool, now),
    ends: await endsOf(pool),
  };
}

/** Whether devices can install anything at all now: nothing is frozen, and the metadata that each of them reads has not ended. */
export function canInstall({ freeze, ends }: Live, now: number): boolean {
  return now < ends && (freeze === undefined || freeze.until <= now);
}

async function endsOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ ends: Date | null }>(
    `select min(expires) as ends from (
       select distinct on (role) role, expires from update_metadata where role in ('root', 'targets', 'snapshot', 'timestamp')
        order by role, version desc) newest`,
  );
  return rows[0]?.ends?.getTime() ?? 0;
}
