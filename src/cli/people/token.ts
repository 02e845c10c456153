import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import { DAY_MS, systemClock } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  isPermission,
  listTokens,
  makeToken,
  PERMISSIONS,
  revokeToken,
  type People,
  type Signed,
  type TokenInfo,
} from '../../people/index.ts';
import { withPeople } from './open.ts';
import { demandSignedIn } from './signed-in.ts';
import { howMany } from '../print.ts';

interface MakeOptions {
  readonly scope: readonly string[];
  readonly days: string;
}

export function register(program: Command): void {
  const token = program.command('token');
  token
    .command('make')
    .description("make a token for a program of one's own; standard output is the token alone")
    .argument('<name>', 'what it is for')
    .addOption(new Option('--scope <scope...>', 'what it gives').choices(PERMISSIONS).makeOptionMandatory())
    .option('--days <n>', 'how long it is good for, 1 to 731', '90')
    .action(make);
  token.command('list').description('what one is signed in with').option('--json', 'one JSON line each').action(list);
  token.command('revoke').description('take a token or a sign-in away').argument('<id>', 'its number').action(revoke);
}

async function asPerson(work: (people: People, signed: Signed) => Promise<void>): Promise<void> {
  await withPeople('gateway', async ({ config, ...people }) => {
    await work(people, await demandSignedIn(people.pool, config));
  });
}

async function make(name: string, { scope, days }: MakeOptions): Promise<void> {
  if (!/^\d{1,3}$/.test(days) || Number(days) < 1 || Number(days) > 731)
    throw new GatewayError('token.end', `--days: give 1 to 731, not "${days}".`);
  await asPerson(async ({ pool }, signed) => {
    const now = systemClock.now();
    const wanted = { name, scopes: scope.filter(isPermission), expiresAt: now + Number(days) * DAY_MS };
    const made = await transaction(pool, (db) => makeToken(db, signed, wanted, { by: { actor: signed.actor }, now }));
    console.error(
      `Token ${made.id} of ${signed.actor.name}, for ${howMany(Number(days), 'day')}. It is shown this once:`,
    );
    console.log(made.token);
  });
}

async function list({ json = false }: { json?: boolean }): Promise<void> {
  await asPerson(async ({ pool }, signed) => {
    const found = await listTokens(pool, signed.actor.id, systemClock.now());
    if (json) for (const each of found) console.log(JSON.stringify(each));
    else console.log(table(found));
  });
}

function table(found: readonly TokenInfo[]): string {
  const rows = new Table({
    head: ['number', 'kind', 'name', 'scopes', 'used', 'ends'],
    style: { head: [], border: [] },
  });
  for (const { id, kind, name, scopes, usedAt, expiresAt } of found)
    rows.push([id, kind, name, kind === 'token' ? scopes.join(', ') : 'all', usedAt, expiresAt]);
  return rows.toString();
}

async function revoke(id: string): Promise<void> {
  await asPerson(async ({ pool }, signed) => {
    await transaction(pool, (db) => revokeToken(db, signed.actor.id, id, { actor: signed.actor }));
    console.log(`Token ${id} is worth nothing any more.`);
  });
}
