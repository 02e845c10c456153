import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import type { Pool } from 'pg';
import { systemClock } from '../../ops/clock.ts';
import type { Config } from '../../ops/config.ts';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  addPerson,
  changePerson,
  demandLogin,
  isRole,
  listPersons,
  resetPerson,
  ROLES,
  type By,
  type Invited,
  type Person,
  type Role,
} from '../../people/index.ts';
import { withPeople } from './open.ts';
import { signedInFor } from './signed-in.ts';

interface ChangeOptions {
  readonly reason?: string;
  readonly asOwner?: boolean;
}

interface AddOptions extends ChangeOptions {
  readonly nameFa: string;
  readonly nameEn: string;
  readonly role: readonly string[];
}

export function register(program: Command): void {
  const people = program.command('people');
  const changing = (command: Command): Command =>
    command
      .option('--reason <text>', 'why: stands in the audit')
      .option('--as-owner', 'as the owner of the database, who needs no sign-in');
  changing(
    people
      .command('add')
      .description('add a person: prints a code, once, with which they choose a password and a second factor')
      .argument('<login>', 'what they sign in with: small letters, figures, ".", "_", "-"; it never changes')
      .requiredOption('--name-fa <name>', 'their name in Persian')
      .requiredOption('--name-en <name>', 'their name in Latin letters')
      .addOption(rolesOption()),
  ).action(add);
  people
    .command('list')
    .description('everybody, with roles and state')
    .option('--json', 'one JSON line each')
    .action(list);
  changing(
    people
      .command('roles')
      .description('give a person these roles in place of those they had')
      .argument('<login>')
      .argument('[role...]', `none, or of: ${ROLES.join(', ')}`),
  ).action((login: string, roles: string[], options: ChangeOptions) =>
    change(login, { roles: rolesOf(roles) }, options),
  );
  changing(
    people
      .command('disable')
      .description('end what a person is signed in with, and let them in no more; the last admin stays')
      .argument('<login>'),
  ).action((login: string, options: ChangeOptions) => change(login, { state: 'disabled' }, options));
  changing(people.command('enable').description('let a disabled person in again').argument('<login>')).action(
    (login: string, options: ChangeOptions) => change(login, { state: 'active' }, options),
  );
  changing(
    people
      .command('reset')
      .description('take password, second factor and tokens away: prints a code, once, to set up again')
      .argument('<login>'),
  ).action(reset);
}

function rolesOption(): Option {
  return new Option('--role <role...>', 'what they do here').choices(ROLES).default([], 'none');
}

/** @throws GatewayError `people.role` */
function rolesOf(names: readonly string[]): Role[] {
  const wrong = names.find((name) => !isRole(name));
  if (wrong === undefined) return names.filter(isRole);
  throw new GatewayError('people.role', `"${wrong}" is not a role: give one of ${ROLES.join(', ')}.`);
}

async function add(login: string, options: AddOptions): Promise<void> {
  await changing(options, async (pool, by) => {
    const { nameFa, nameEn } = options;
    const added = { login, nameFa, nameEn, roles: rolesOf(options.role) };
    tellCode(await transaction(pool, (db) => addPerson(db, added, by, systemClock.now())));
  });
}

async function reset(login: string, options: ChangeOptions): Promise<void> {
  await changing(options, async (pool, by) => {
    const { id } = await demandLogin(pool, login);
    tellCode(await transaction(pool, (db) => resetPerson(db, id, by, systemClock.now())));
  });
}

async function change(
  login: string,
  wanted: Parameters<typeof changePerson>[2],
  options: ChangeOptions,
): Promise<void> {
  await changing(options, async (pool, by) => {
    const { id } = await demandLogin(pool, login);
    const { state, roles } = await transaction(pool, (db) => changePerson(db, id, wanted, by));
    console.log(`${login}: ${state}; ${roles.join(', ') || 'no role'}`);
  });
}

function tellCode({ person, setupCode }: Invited): void {
  console.log(`${person.login} sets up within 72 hours, with kalabarg login --setup, or on the console, with this code:

  ${setupCode}

It is shown this once. Give it to ${person.login} alone: whoever has it chooses the password.`);
}

/** Runs a change of people as the admin who is signed in, or as the owner of the database. */
async function changing(
  { reason, asOwner = false }: ChangeOptions,
  work: (pool: Pool, by: By) => Promise<void>,
): Promise<void> {
  await withPeople(asOwner ? 'owner' : 'gateway', async ({ pool, config }) => {
    const actor = asOwner ? await ownerOf(pool) : await adminOf(pool, config);
    await work(pool, { actor, ...(reason === undefined ? {} : { reason }) });
  });
}

async function adminOf(pool: Pool, config: Config): Promise<By['actor']> {
  return (await signedInFor(pool, config, 'people:change')).actor;
}

/** @throws GatewayError `people.owner` for a role that does not own the tables */
async function ownerOf(pool: Pool): Promise<By['actor']> {
  const { rows } = await pool.query<{ name: string; owner: boolean }>(
    `select current_user as name, pg_has_role(current_user, relowner, 'member') as owner from pg_class
      where oid = 'public.persons'::regclass`,
  );
  const [row] = rows;
  if (row?.owner === true) return { id: null, name: `owner of the database (${row.name})` };
  throw new GatewayError(
    'people.owner',
    `${row?.name ?? 'This role'} does not own the tables: --as-owner needs the owner's URL in KALABARG_OWNER_DATABASE_URL.`,
  );
}

async function list({ json = false }: { json?: boolean }): Promise<void> {
  await withPeople('gateway', async ({ pool, config }) => {
    await signedInFor(pool, config, 'people:read');
    const found: Person[] = [];
    for (let page = await listPersons(pool); page.length > 0; page = await listPersons(pool, page.at(-1)?.id))
      found.push(...page);
    if (json) for (const person of found) console.log(JSON.stringify(person));
    else console.log(table(found));
  });
}

function table(people: readonly Person[]): string {
  const rows = new Table({
    head: ['login', 'name', 'نام', 'roles', 'state', 'since'],
    style: { head: [], border: [] },
  });
  for (const { login, nameEn, nameFa, roles, state, madeAt } of people)
    rows.push([login, nameEn, nameFa, roles.join(', '), state, madeAt]);
  return rows.toString();
}
