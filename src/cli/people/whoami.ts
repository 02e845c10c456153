import type { Command } from 'commander';
import { systemClock } from '../../ops/clock.ts';
import { FRESH_MS } from '../../people/index.ts';
import { withPeople } from './open.ts';
import { demandSignedIn } from './signed-in.ts';

export function register(program: Command): void {
  program
    .command('whoami')
    .option('--json', 'for programs')
    .action(async ({ json = false }: { json?: boolean }) => {
      await withPeople('gateway', async ({ pool, config }) => {
        const { actor, kind, roles, permissions, expiresAt, provedAt } = await demandSignedIn(pool, config);
        const ends = new Date(expiresAt).toISOString();
        const fresh = provedAt !== undefined && systemClock.now() - provedAt <= FRESH_MS;
        if (json)
          console.log(JSON.stringify({ login: actor.name, id: actor.id, kind, roles, permissions, fresh, ends }));
        else
          console.log(
            `${actor.name} (${roles.join(', ') || 'no role'}), by ${kind} until ${ends}\nmay ${permissions.join(', ') || 'nothing'}`,
          );
      });
    });
}
