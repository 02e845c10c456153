import type { Command } from 'commander';
import type { Pool } from 'pg';
import { isDemo } from '../../ledger/index.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import { openPool } from '../../ops/database.ts';
import { GatewayError, sqlStateOf } from '../../ops/errors.ts';
import { ownerDatabaseUrl } from '../../ops/runtime.ts';
import { hasPeople, type Permission } from '../../people/index.ts';
import { signedInFor } from './signed-in.ts';

/** Commands that change money, shops, terminals or keys act as a person (people.md 1). Where the database has people it is who is
 *  signed in, and no name may be typed; where it has none yet, names are typed as before (decision 45). */

interface Act {
  readonly permission: Permission;
  /** Under which option the command keeps the name. */
  readonly option?: 'by' | 'maker' | 'checker' | 'actor';
  /** Where there are no people, the command asks for no name. */
  readonly nameless?: true;
}

type Options = Readonly<Record<string, unknown>>;

const making: Act = { permission: 'money:make' };
const bringing: Act = { ...making, option: 'by', nameless: true };
const stopping: Act = { permission: 'money:stop', option: 'by' };
const keys: Act = { permission: 'keys:change', option: 'by' };
const terminals: Act = { permission: 'terminals:change', option: 'by' };
/** The second of two persons who say that a device is certified. */
const believing: Act = { permission: 'updates:approve', option: 'by' };
const approving: Act = { permission: 'money:approve', option: 'by' };

/** One proposes, another approves or rejects. */
const ofTwo = ({ approve, reject }: Options): Act =>
  approve === true || reject === true ? approving : { ...making, option: 'by' };

/** By the path of the command; undefined: it only looks. */
export const ACTS: Readonly<Record<string, (options: Options, args: readonly string[]) => Act | undefined>> = {
  settle: () => ({ ...making, option: 'maker' }),
  'settlement make': () => ({ ...making, option: 'maker' }),
  'settlement release': () => ({ permission: 'money:approve', option: 'checker' }),
  'settlement hold': () => stopping,
  'settlement delivery': () => stopping,
  'settlement answers': () => bringing,
  'settlement accept': (options) =>
    ['by', 'reason', 'approve', 'reject'].some((name) => options[name] !== undefined) ? ofTwo(options) : undefined,
  'settlement unblock': (options, [merchant]) => (merchant === undefined ? undefined : ofTwo(options)),
  'settlement rules apply': (options) => (options['dryRun'] === true ? undefined : ofTwo(options)),
  'settlement leftovers': (_, [number]) => (number === undefined ? undefined : stopping),
  'reconcile take': () => bringing,
  'reconcile authority': () => bringing,
  'reconcile assign': () => ({ permission: 'breaks:work', option: 'by' }),
  'reconcile comment': () => ({ permission: 'breaks:work', option: 'by' }),
  'reconcile resolve': () => ({ ...making, option: 'by' }),
  'reconcile approve': () => approving,
  'reconcile reject': () => approving,
  'calendar close': () => ({ ...making, option: 'actor' }),
  'calendar open': () => ({ ...making, option: 'actor' }),
  'credit load': () => bringing,
  'programme apply': () => bringing,
  'programme charge': () => making,
  'programme move': () => ({ ...making, option: 'by' }),
  'programme authority propose': () => ({ ...making, option: 'by' }),
  'programme authority approve': () => approving,
  'programme authority reject': () => approving,
  'programme authority end': () => stopping,
  'programme stand-in propose': () => ({ ...making, option: 'by' }),
  'programme stand-in approve': () => approving,
  'programme stand-in reject': () => approving,
  'programme approve': () => approving,
  'programme reject': () => approving,
  'programme basket propose': () => ({ ...making, option: 'by' }),
  'programme basket approve': () => approving,
  'programme basket reject': () => approving,
  'household merge': () => ({ ...making, option: 'by' }),
  'household split': () => ({ ...making, option: 'by' }),
  'household card': () => ({ ...making, option: 'by' }),
  'household approve': () => approving,
  'household reject': () => approving,
  'terminals issue': () => terminals,
  'terminals renew': () => terminals,
  'terminals revoke': () => terminals,
  'terminals import': () => terminals,
  'terminals authority': () => ({ permission: 'keys:change', option: 'by' }),
  'terminals unblock': () => terminals,
  'terminals register': () => terminals,
  'terminals change': () => terminals,
  'terminals move': () => terminals,
  'terminals block': () => terminals,
  'terminals lost': () => terminals,
  'terminals retire': () => terminals,
  'certify trust': ({ confirm }) => (confirm === true ? believing : terminals),
  'certify register': () => terminals,
  'certify say': () => terminals,
  'certify confirm': () => believing,
  'certify revoke': () => terminals,
  'doubts retry': () => ({ permission: 'bank:change' }),
  'doubts own': () => ({ permission: 'bank:change' }),
  'doubts resolve': () => ({ permission: 'bank:change', option: 'by' }),
  'keys form': () => ({ permission: 'keys:change' }),
  'keys generate': () => keys,
  'keys adopt': () => keys,
  'keys import': () => keys,
  'keys export': () => keys,
  'keys rotate': () => keys,
};

/** Finds out, before a command of `ACTS` does anything, who acts.
 *  @throws GatewayError (from the command) `login.none`, `login.ended`, `login.name`, `people.permission`, `people.proof` */
export function signActs(program: Command): void {
  program.hook('preAction', async (_, command) => {
    const act = ACTS[pathOf(command)]?.(command.opts(), command.args);
    if (act !== undefined) await withDatabase((pool, config) => sign(pool, config, command, act));
  });
}

function pathOf(command: Command): string {
  const names: string[] = [];
  for (let at = command; at.parent !== null; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

/** A database that cannot be reached is told by the command itself. */
async function withDatabase(work: (pool: Pool, config: Config) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const pool = openPool(config.databaseUrl === '' ? ownerDatabaseUrl(config) : config.databaseUrl, 1);
  pool.on('error', () => undefined); // an idle connection that is lost: the next query says so
  try {
    const there = await pool.query('select 1').then(
      () => true,
      () => false,
    );
    if (there) await work(pool, config);
  } finally {
    await pool.end();
  }
}

/** PostgreSQL: there is no such table. */
const NO_TABLE = '42P01';

async function sign(pool: Pool, config: Config, command: Command, act: Act): Promise<void> {
  if (await orFalse(hasPeople(pool))) await signByPerson(pool, config, command, act);
  else await signByName(pool, command, act);
}

/** On an empty database there is nobody yet. */
async function orFalse(asked: Promise<boolean>): Promise<boolean> {
  try {
    return await asked;
  } catch (error) {
    if (sqlStateOf(error) === NO_TABLE) return false;
    throw error;
  }
}

async function signByPerson(pool: Pool, config: Config, command: Command, { permission, option }: Act): Promise<void> {
  const { actor } = await signedInFor(pool, config, permission);
  const typed = Object.entries(command.opts()).find(
    ([name, value]) => (name === option || name === 'checker') && value !== undefined,
  );
  if (typed !== undefined)
    throw new GatewayError(
      'login.name',
      `${actor.name} is signed in, and acts: leave --${typed[0]} out. Another person signs in to run a command.`,
    );
  if (option !== undefined) command.setOptionValue(option, actor.name);
  if (pathOf(command) === 'settle') command.setOptionValue('hold', true); // a second person releases: settlement release
}

/** The demo's two people, who need not be typed there. */
const DEMO_NAMES = { by: 'demo-maker', maker: 'demo-maker', actor: 'demo-maker', checker: 'demo-checker' } as const;

async function signByName(pool: Pool, command: Command, { permission, option, nameless }: Act): Promise<void> {
  if (nameless === true) return;
  const { hold } = command.opts<{ hold?: boolean }>();
  const wanted = pathOf(command) === 'settle' && hold !== true ? (['maker', 'checker'] as const) : option === undefined ? [] : [option]; // prettier-ignore
  const missing = wanted.filter((name) => command.getOptionValue(name) === undefined);
  if (missing.length === 0) return;
  if (!(await orFalse(isDemo(pool)))) {
    throw new GatewayError(
      'login.none',
      `This needs a person who may ${permission}. Add people (kalabarg people add --as-owner: docs/production.md) and sign in with ` +
        `kalabarg login; until there are people, give ${missing.map((name) => `--${name} <name>`).join(' and ')}.`,
    );
  }
  const names = missing.map((name) => (permission === 'money:approve' ? 'demo-checker' : DEMO_NAMES[name]));
  for (const [index, name] of missing.entries()) command.setOptionValue(name, names[index]);
  console.error(`As ${names.join(' and ')}: people of the demo.`);
}
