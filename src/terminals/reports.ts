import type { Pool, PoolClient } from 'pg';
import type { InstalledComponent } from './terminal.ts';

/** Keeps what a terminal reported of its software (terminals.md 3, version report); whoever calls has seen that the report is its own. */
export async function keepReport(
  db: Pool | PoolClient,
  terminal: string,
  { components, slot }: { components: Readonly<Record<string, InstalledComponent>>; slot?: string | undefined },
  now: number,
): Promise<void> {
  await db.query(
    `insert into terminal_contacts as c (terminal_id, last_at, components, slot, reported_at) values ($1, $2, $3, $4, $2)
     on conflict (terminal_id) do update set last_at = greatest(c.last_at, excluded.last_at), components = excluded.components,
       slot = coalesce(excluded.slot, c.slot), reported_at = excluded.reported_at`,
    [terminal, new Date(now), JSON.stringify(components), slot ?? null],
  );
}
