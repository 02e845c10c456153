import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Gauge, type Registry } from 'prom-client';

/** The last check of a backup that found everything in order. */
export interface LastCheck {
  /** When it ended, milliseconds since 1970. */
  readonly at: number;
  readonly backup: string;
  /** The newest commit that was restored. */
  readonly newest: number | null;
}

const fileOf = (dataDir: string): string => join(dataDir, 'backup-check.json');

/** Kept in the data folder: the doctor and the metrics of the copies that share it say its age. */
export async function noteCheck(dataDir: string, check: LastCheck): Promise<void> {
  const part = `${fileOf(dataDir)}.part`;
  await mkdir(dataDir, { recursive: true });
  await writeFile(part, `${JSON.stringify(check)}\n`);
  await rename(part, fileOf(dataDir));
}

/** @returns undefined: none was ever noted, or not as we note it */
export function lastCheck(dataDir: string): LastCheck | undefined {
  try {
    const { at, backup, newest } = JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Partial<LastCheck>;
    if (typeof at !== 'number' || typeof backup !== 'string') return undefined;
    return { at, backup, newest: typeof newest === 'number' ? newest : null };
  } catch {
    return undefined; // no file, or one that is cut off: as if nobody had looked
  }
}

/** `kalabarg_backup_check_success_timestamp_seconds`: 0 where no backup was ever proved. */
export function registerBackupGauge(registry: Registry, dataDir: string): void {
  new Gauge({
    name: 'kalabarg_backup_check_success_timestamp_seconds',
    help: 'When a backup was last restored and found in order by kalabarg backup check; 0: never',
    registers: [registry],
    collect() {
      this.set((lastCheck(dataDir)?.at ?? 0) / 1_000);
    },
  });
}
