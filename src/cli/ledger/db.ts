import type { Command } from 'commander';
import { contract, functionSets, makeRoles, migrate, ROLES, setName } from '../../ledger/index.ts';
import { loadConfig } from '../../ops/config.ts';
import { openPool } from '../../ops/database.ts';
import { ownerDatabaseUrl } from '../../ops/runtime.ts';
import { VERSION } from '../../ops/version.ts';
import { migrateQueues } from '../../settlement/jobs/index.ts';
import { withJson } from '../options.ts';
import { print, type JsonOption } from '../print.ts';

export function register(program: Command): void {
  const db = program.command('db');
  withJson(db.command('migrate'))
    .description('bring tables and deciding functions to this version')
    .action((options: JsonOption) =>
      asOwner(() => {
        print(options, { version: VERSION }, () => MIGRATED);
        return Promise.resolve();
      }),
    );
  withJson(db.command('contract'))
    .description('remove the deciding functions of other versions that no copy uses any more: the end of an upgrade')
    .action((options: JsonOption) => asOwner((owner) => leaveBehind(owner, options)));
  withJson(db.command('roles'))
    .description(
      'make kalabarg_gateway, kalabarg_reader and kalabarg_public, and grant each what its duty needs and no more',
    )
    .action((options: JsonOption) => asOwner((owner) => roles(owner, options)));
}

const MIGRATED = 'tables and functions are of this version';

type OwnerPool = ReturnType<typeof openPool>;

async function asOwner(work: (owner: OwnerPool) => Promise<void>): Promise<void> {
  const owner = openPool(ownerDatabaseUrl(loadConfig()), 1);
  try {
    await migrateQueues(owner); // first: migrate says the rights on them too
    await migrate(owner);
    await work(owner);
  } finally {
    await owner.end();
  }
}

async function leaveBehind(owner: OwnerPool, options: JsonOption): Promise<void> {
  const removed = await contract(owner);
  const inUse = (await functionSets(owner)).filter(({ ours }) => !ours).map(({ digits }) => setName(digits));
  print(options, { version: VERSION, removed, inUse }, () =>
    [
      removed.length === 0 ? 'nothing was removed' : `removed: ${removed.join(', ')}`,
      ...(inUse.length === 0
        ? []
        : [
            `still in use: ${inUse.join(', ')}. Stop the copies of that version, and run this again after two minutes.`,
          ]),
    ].join('\n'),
  );
}

async function roles(owner: OwnerPool, options: JsonOption): Promise<void> {
  await makeRoles(owner);
  print(
    options,
    { version: VERSION, roles: ROLES },
    () => `${MIGRATED}
${ROLES.join(', ')} have their rights. Give a copy of the gateway a login of its own:

  create role gateway_1 login password '…' in role kalabarg_gateway;
  create role door_1 login password '…' in role kalabarg_public;      -- for kalabarg serve --only public

and put it into DATABASE_URL. Put the owner's URL into KALABARG_OWNER_DATABASE_URL on the machine where tables, reference data and keys are changed.`,
  );
}
