import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chmodSync } from 'node:fs';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/ops/postgres.ts';

/** A real PostgreSQL of its own for a test file or a bench, in a temporary folder. */
export async function temporaryPostgres(settings: Readonly<Record<string, string>> = {}): Promise<EmbeddedPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-pg-'));
  chmodSync(folder, 0o755); // as root the server runs under another account
  const server = await startEmbeddedPostgres(folder, settings);
  return {
    ...server,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
