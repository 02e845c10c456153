import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { GatewayError } from './errors.ts';

/** What a running gateway leaves in its data folder, so that other commands find it. */
export interface Runtime {
  readonly pid: number;
  readonly databaseUrl: string;
  /** The same as the owner of the tables. */
  readonly ownerDatabaseUrl: string;
  readonly host: string;
  readonly terminalPort: number;
  readonly bankPort: number;
  readonly httpPort: number;
}

function runtimeFile(dataDir: string): string {
  return join(dataDir, 'runtime.json');
}

/** @param runtime written readable by its owner only: the database URLs carry passwords */
export function writeRuntime(dataDir: string, runtime: Runtime): void {
  mkdirSync(dataDir, { recursive: true });
  removeRuntime(dataDir); // what a kill -9 left would keep its mode
  writeFileSync(runtimeFile(dataDir), JSON.stringify(runtime, null, 2) + '\n', { mode: 0o600 });
}

export function removeRuntime(dataDir: string): void {
  rmSync(runtimeFile(dataDir), { force: true });
}

/** The gateway that runs on this data folder, if one does. A file that a kill -9 left behind is no gateway. */
export function readRuntime(dataDir: string): Runtime | undefined {
  if (!existsSync(runtimeFile(dataDir))) return undefined;
  const runtime = JSON.parse(readFileSync(runtimeFile(dataDir), 'utf8')) as Runtime;
  try {
    process.kill(runtime.pid, 0);
    return runtime;
  } catch {
    return undefined; // its process is gone
  }
}

/** The same as its owner, for commands that bring tables, reference data or keys.
 *  @throws GatewayError `database.unknown` */
export function ownerDatabaseUrl(config: Config): string {
  if (config.ownerDatabaseUrl !== '') return config.ownerDatabaseUrl;
  return config.databaseUrl === '' ? running(config).ownerDatabaseUrl : config.databaseUrl;
}

/** The database that commands work on: `DATABASE_URL`, else that of the gateway running on the data folder.
 *  @throws GatewayError `database.unknown` */
export function databaseUrl(config: Config): string {
  return config.databaseUrl === '' ? running(config).databaseUrl : config.databaseUrl;
}

function running(config: Config): Runtime {
  const runtime = readRuntime(config.data);
  if (runtime !== undefined) return runtime;
  throw new GatewayError(
    'database.unknown',
    `No gateway runs on ${config.data}: start one there (npm start), or set DATABASE_URL or KALABARG_DATA.`,
  );
}
