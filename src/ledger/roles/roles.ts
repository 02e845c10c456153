import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { transaction } from '../../ops/database.ts';
import { inThisSet } from '../../ops/function-set.ts';
import { sqlIn } from '../../ops/sql.ts';

const sql = sqlIn(new URL('./', import.meta.url));

/** The roles that duties have in the database, beside its owner. They log nobody in: people and copies are their members. */
export const ROLES = ['kalabarg_gateway', 'kalabarg_reader', 'kalabarg_public'] as const;

/** The gateway of this machine alone. */
const LOGIN = 'gateway_1';

/** Makes the roles where they are missing, and grants them what each duty needs and no more.
 *  @param owner connected as the owner of the tables, who may make roles */
export async function makeRoles(owner: pg.Pool): Promise<void> {
  for (const role of ROLES) await makeRole(owner, role, 'nologin');
  await transaction(owner, async (tx) => {
    await lockSchema(tx);
    await grantRoles(tx);
    await grantFunctions(tx);
  });
}

/** Changes of tables and of rights on them wait for one another: side by side they would lock the same tables in two orders. Until the end of
 *  the transaction. */
export async function lockSchema(tx: pg.PoolClient): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(8583)');
}

/** Makes the login under which the gateway of this machine works (`npm start`), with a new password. Its rights come with the
 *  tables, which may not be there yet.
 *  @returns the URL that it connects with */
export async function makeLogin(owner: pg.Pool, ownerUrl: string): Promise<string> {
  for (const role of ROLES) await makeRole(owner, role, 'nologin');
  await makeRole(owner, LOGIN, 'in role kalabarg_gateway');
  const password = randomBytes(24).toString('hex');
  await owner.query(`alter role ${LOGIN} login password '${password}'`);
  const url = new URL(ownerUrl);
  url.username = LOGIN;
  url.password = password;
  return url.href;
}

async function makeRole(owner: pg.Pool, role: string, options: string): Promise<void> {
  await owner.query(
    `do $$ begin if not exists (select 1 from pg_roles where rolname = '${role}') then create role ${role} ${options}; end if; end $$`,
  );
}

/** Says the grants again: new tables and new functions need theirs. Where there are no roles, nothing. */
export async function grantRoles(owner: pg.PoolClient): Promise<void> {
  await owner.query(sql('grants'));
}

/** The rights on this version's functions. */
export async function grantFunctions(owner: pg.PoolClient): Promise<void> {
  await owner.query(inThisSet(sql('function-grants')));
}

/** What the role of a pool could do to the books behind the gateway's back.
 *  @returns undefined: it has its duty's rights only, or there are no books yet */
export async function tooMuch(pool: pg.Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{
    name: string;
    superuser: boolean;
    owner: boolean | null;
    rewrites: boolean | null;
  }>(
    `select current_user as name, r.rolsuper as superuser,
            pg_has_role(current_user, c.relowner, 'member') as owner,
            has_any_column_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete') as rewrites
       from pg_roles r left join pg_class c on c.oid = to_regclass('public.postings') where r.rolname = current_user`,
  );
  const [row] = rows;
  if (row?.superuser === true) return `${row.name} is a superuser`;
  if (row?.owner === true) return `${row.name} owns the tables`;
  return row?.rewrites === true ? `${row.name} may change or delete postings` : undefined;
}
