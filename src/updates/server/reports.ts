import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  canonicalJson,
  COMPONENTS,
  type Component,
  type Installed,
  type SignedReport,
  type VersionReport,
} from '../format/index.ts';
import { refreshTerminal } from '../minimums/index.ts';
import { isFor } from '../rollouts/index.ts';
import { keepReport } from '../../terminals/index.ts';
import type { Release } from '../repository/index.ts';
import { deviceOf, type Device } from './devices.ts';

/** Takes version reports. A report is a claim of a device about itself, and about no other. */

export interface Taken {
  /** It was taken before. */
  readonly repeated: boolean;
  readonly device: Device;
}

/** Reports that are kept of a device: one that reports without end fills no disk. */
const KEPT = 200;

/** @param terminal whose certificate or MAC spoke for it
 *  @param releases that are published
 *  @throws GatewayError `updates.stranger`, `updates.forged`, `updates.rollback` */
export async function takeReport(
  pool: Pool,
  terminal: string,
  { report, signature }: SignedReport,
  {
    via,
    releases,
    now,
  }: { readonly via: 'https' | 'wire'; readonly releases: readonly Release[]; readonly now: number },
): Promise<Taken> {
  return transaction(pool, async (db) => {
    await db.query('select pg_advisory_xact_lock(8583, hashtext($1))', [`update ${terminal}`]);
    const device = await deviceOf(db, terminal);
    if (device === undefined)
      throw new GatewayError('updates.stranger', `Terminal ${terminal} is none that is updated.`);
    if (report.serial !== device.serial)
      throw new GatewayError(
        'updates.forged',
        `The report speaks for ${report.serial}; terminal ${terminal} is ${device.serial}.`,
      );
    if (report.counter <= device.reportCounter) {
      if (await wasTaken(db, terminal, report)) return { repeated: true, device };
      throw new GatewayError(
        'updates.rollback',
        `The report has counter ${report.counter}; ${device.reportCounter} was taken already: count on from there.`,
      );
    }
    await db.query(
      'insert into update_reports (terminal_id, counter, at, via, report, signature) values ($1, $2, $3, $4, $5, $6)',
      [terminal, report.counter, new Date(now), via, JSON.stringify(report), signature?.value ?? null],
    );
    await db.query('delete from update_reports where terminal_id = $1 and counter <= $2', [
      terminal,
      report.counter - KEPT,
    ]);
    const components = { ...device.components, ...report.components };
    await db.query(
      `insert into update_devices (terminal_id, report_counter, components, reported_at, report) values ($1, $2, $3, $4, $5)
       on conflict (terminal_id) do update set report_counter = excluded.report_counter, components = excluded.components,
         reported_at = excluded.reported_at, report = excluded.report`,
      [terminal, report.counter, JSON.stringify(components), new Date(now), JSON.stringify(report)],
    );
    await keepReport(db, terminal, { components: registered(components) }, now);
    await keepOutcomes(db, device, report, releases, now);
    await refreshTerminal(db, terminal, now);
    return { repeated: false, device };
  });
}

/** As the registry of terminals keeps it. */
function registered(components: Device['components']): Parameters<typeof keepReport>[2]['components'] {
  const entries = Object.entries<Installed>(components);
  return Object.fromEntries(
    entries.map(([name, { file, releaseCounter, sha256, slot }]) => [
      name,
      { file, counter: releaseCounter, sha256, slot },
    ]),
  );
}

/** The same again: the device did not hear that it was taken. */
async function wasTaken(db: PoolClient, terminal: string, report: VersionReport): Promise<boolean> {
  const { rows } = await db.query<{ report: VersionReport }>(
    'select report from update_reports where terminal_id = $1 and counter = $2',
    [terminal, report.counter],
  );
  return rows[0] !== undefined && canonicalJson(rows[0].report).equals(canonicalJson(report));
}

async function keepOutcomes(
  db: PoolClient,
  device: Device,
  report: VersionReport,
  releases: readonly Release[],
  now: number,
): Promise<void> {
  const named = (component: Component, counter: number): Release | undefined =>
    releases.find(
      (release) => release.component === component && release.counter === counter && isFor(release, device),
    );
  for (const component of COMPONENTS) {
    const runs = report.components[component];
    const release = runs === undefined ? undefined : named(component, runs.releaseCounter);
    if (runs === undefined || release === undefined) continue;
    if (runs.sha256 === release.sha256) await keepRunning(db, device, component, release, now);
    else await keepPhase(db, device, release, { phase: 'REJECTED', reason: 'other-hash' }, now); // it runs what we did not release
  }
  const { phase, component, releaseCounter, reason } = report;
  if (phase === undefined || component === undefined || releaseCounter === undefined) return;
  const release = named(component, releaseCounter);
  // what it says runs is above; that it was confirmed is believed only of what it says runs
  if (release === undefined || (phase === 'CONFIRMED' && !runsOf(report, component, release))) return;
  await keepPhase(db, device, release, { phase, reason }, now);
}

function runsOf(report: VersionReport, component: Component, release: Release): boolean {
  const runs: Installed | undefined = report.components[component];
  return runs?.releaseCounter === release.counter && runs.sha256 === release.sha256;
}

/** It runs. Where nobody offered it, it had it before: from the factory, or by hand. */
async function keepRunning(
  db: PoolClient,
  device: Device,
  component: Component,
  release: Release,
  now: number,
): Promise<void> {
  const had = device.director?.components[component]?.releaseCounter !== release.counter;
  await db.query(
    `insert into update_outcomes as o (release_id, terminal_id, phase, had, at, confirmed_at) values ($1, $2, 'CONFIRMED', $3, $4, $4)
     on conflict (release_id, terminal_id) do update set phase = 'CONFIRMED', reason = null, at = excluded.at,
       confirmed_at = coalesce(o.confirmed_at, excluded.confirmed_at)
      where o.phase <> 'CONFIRMED'`,
    [release.id, device.terminal, had, new Date(now)],
  );
}

async function keepPhase(
  db: PoolClient,
  device: Device,
  release: Release,
  { phase, reason }: { readonly phase: string; readonly reason?: string | undefined },
  now: number,
): Promise<void> {
  await db.query(
    `insert into update_outcomes as o (release_id, terminal_id, phase, reason, at, confirmed_at)
     values ($1, $2, $3, $4, $5, case when $3 = 'CONFIRMED' then $5::timestamptz end)
     on conflict (release_id, terminal_id) do update set phase = excluded.phase, reason = excluded.reason, at = excluded.at,
       confirmed_at = case when excluded.phase = 'CONFIRMED' then coalesce(o.confirmed_at, excluded.at) end`,
    [release.id, device.terminal, phase, reason ?? null, new Date(now)],
  );
}
