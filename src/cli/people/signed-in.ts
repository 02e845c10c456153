import { existsSync, readFileSync } from 'node:fs';
import type { Pool } from 'pg';
import type { Config } from '../../ops/config.ts';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { systemClock } from '../../ops/clock.ts';
import {
  audit,
  demoPeopleFile,
  hindrance,
  rolesThatGive,
  whoHas,
  type Permission,
  type Signed,
} from '../../people/index.ts';
import { storedToken } from './store.ts';

/** Who a command acts as: whose token it is, never a name that was typed. `KALABARG_TOKEN` counts before what `kalabarg login`
 *  stored, and that before the people of the demo.
 *  @param permission that the act wants
 *  @throws GatewayError `login.none`, `login.ended`, `people.permission`, `people.proof` */
export async function signedInFor(pool: Pool, config: Config, permission: Permission): Promise<Signed> {
  const own = await signedIn(pool, config);
  if (own !== undefined) return demandPermission(pool, own, permission);
  const demo = await demoPerson(pool, config, permission);
  if (demo !== undefined) {
    console.error(`As ${demo.actor.name}, whom npm start signed in: a person of the demo.`);
    return demo;
  }
  throw new GatewayError(
    'login.none',
    `This needs a person who may ${permission}. Sign in with kalabarg login, or set KALABARG_TOKEN. ` +
      '(The first admin is made by kalabarg people add --as-owner: docs/production.md.)',
  );
}

/** Who is signed in with a token of their own; undefined: nobody.
 *  @throws GatewayError `login.ended` */
export async function signedIn(pool: Pool, config: Config): Promise<Signed | undefined> {
  const token = config.token === '' ? storedToken(config) : config.token;
  if (token === undefined) return undefined;
  const signed = await whoHas(pool, token, systemClock.now());
  if (signed !== undefined) return signed;
  const where = config.token === '' ? 'What kalabarg login stored' : 'KALABARG_TOKEN';
  throw new GatewayError(
    'login.ended',
    `${where} has ended, was taken away, or is of another database: run kalabarg login.`,
  );
}

/** @throws GatewayError `login.none`, `login.ended` */
export async function demandSignedIn(pool: Pool, config: Config): Promise<Signed> {
  const signed = await signedIn(pool, config);
  if (signed === undefined) throw new GatewayError('login.none', 'Nobody is signed in: run kalabarg login.');
  return signed;
}

async function demandPermission(pool: Pool, signed: Signed, permission: Permission): Promise<Signed> {
  const lacking = hindrance(signed, permission, systemClock.now());
  if (lacking === undefined) return signed;
  if (lacking === 'proof')
    throw new GatewayError(
      'people.proof',
      `${permission} needs a sign-in within the last 15 minutes: run kalabarg login.`,
    );
  const by = { actor: signed.actor };
  await transaction(pool, (db) => audit(db, by, { act: 'permission.refused', object: `permission:${permission}` }));
  const roles = rolesThatGive(permission).join(' or ');
  throw new GatewayError(
    'people.permission',
    `${signed.actor.name} may not ${permission}: that needs the role ${roles}.`,
  );
}

/** The one of the demo's people whose act it is; undefined: no demo runs on this data folder, or never did. What one of two may make and
 *  both may approve the second one approves. */
async function demoPerson(pool: Pool, config: Config, permission: Permission): Promise<Signed | undefined> {
  const file = demoPeopleFile(config.data);
  if (!existsSync(file)) return undefined;
  const tokens = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
  for (const token of permission.endsWith(':approve') ? tokens.toReversed() : tokens) {
    const signed = await whoHas(pool, token, systemClock.now());
    if (signed?.permissions.includes(permission) === true) return signed;
  }
  return undefined;
}
