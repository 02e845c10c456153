import type { Command } from 'commander';
import type { PoolClient } from 'pg';
import type { Config } from '../../ops/config.ts';
import { transaction } from '../../ops/database.ts';
import { actorNamed, type By } from '../../people/index.ts';
import { withBooks } from '../books.ts';

export interface ActOptions {
  readonly by: string;
  readonly reason: string;
}

/** `--by`, which only a database without people asks for. */
export function withActor(command: Command): Command {
  return command.option('--by <name>', 'who does it, where the database has no people');
}

export function withReason(command: Command): Command {
  return withActor(command).requiredOption('--reason <text>', 'why: it stands in the audit');
}

/** One act on the books in a transaction with its audit. */
export function acting<T>(
  options: Pick<ActOptions, 'by'> & { readonly reason?: string },
  act: (db: PoolClient, by: By & { readonly reason: string }, config: Config) => Promise<T>,
): Promise<T> {
  return withBooks(async (pool, config) => {
    const by = { actor: await actorNamed(pool, options.by), reason: (options.reason ?? '').slice(0, 300) };
    return transaction(pool, (db) => act(db, by, config));
  });
}
