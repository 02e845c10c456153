import { readFileSync } from 'node:fs';
import type pg from 'pg';

/** The roles that duties have in the database, beside its owner. They log nobody in: people and copies are their members. */
export const ROLES = ['kalabarg_gateway', 'kalabarg_reader'] as const;

/** Makes the roles where they are missing, and grants them what each duty needs and no more.
 *  @param owner connected as the owner of the tables, who may make roles */
export async function makeRoles(owner: pg.Pool): Promise<void> {
  for (const role of ROLES) {
    await owner.query(
      `do $$ begin if not exists (select 1 from pg_roles where rolname = '${role}') then create role ${role} nologin; end if; end $$`,
    );
  }
  await grantRoles(owner);
}

/** Says the grants again: new tables and new functions need theirs. Where there are no roles, nothing. */
export async function grantRoles(owner: pg.Pool | pg.PoolClient): Promise<void> {
  await owner.query(readFileSync(new URL('./grants.sql', import.meta.url), 'utf8'));
}

/** What the role of a pool could do to the books behind the gateway's back.
 *  @returns undefined: it has its duty's rights only */
export async function tooMuch(pool: pg.Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ name: string; superuser: boolean; owner: boolean; rewrites: boolean }>(
    `select current_user as name, r.rolsuper as superuser,
            pg_has_role(current_user, c.relowner, 'member') as owner,
            has_table_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete') as rewrites
       from pg_roles r, pg_class c where r.rolname = current_user and c.oid = 'public.postings'::regclass`,
  );
  const [row] = rows;
  if (row?.superuser === true) return `${row.name} is a superuser`;
  if (row?.owner === true) return `${row.name} owns the tables`;
  return row?.rewrites === true ? `${row.name} may change or delete postings` : undefined;
}
