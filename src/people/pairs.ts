import type { PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import type { By } from './audit.ts';
import type { Role } from './roles.ts';

/** Pairs of eyes, and who makes them. Whoever gives a person a role, or holds the code with which they set up, could act as them: one
 *  admin alone may so equip one half of a pair, and another admin the other (decision 57). */

const OTHER_HALF: Readonly<Partial<Record<Role, Role>>> = {
  maker: 'checker',
  checker: 'maker',
  reviewer: 'reviewer',
  keeper: 'keeper',
};

/** How long an admin who was put out still counts: else one admin would put the other out first. */
const GONE_DAYS = 7;

interface Equipped {
  readonly person: string;
  /** That this act gives them, or lets them use. */
  readonly roles: readonly Role[];
}

/** @throws GatewayError `people.second-admin` */
export async function demandSecondAdmin(db: PoolClient, { actor }: By, { person, roles }: Equipped): Promise<void> {
  const halves = [...new Set(roles.flatMap((role) => OTHER_HALF[role] ?? []))];
  if (actor.id === null || halves.length === 0) return; // the owner of the database can do anything as it is
  await db.query('select pg_advisory_xact_lock(8583, 620)'); // two acts of one admin at once wait for each other
  const { rows } = await db.query<{ login: string; role: string }>(
    `select p.login, r.role from persons p cross join unnest($3::text[]) as r (role)
       left join role_grants g on g.person_id = p.person_id and g.role = r.role
       join person_factors f on f.person_id = p.person_id
      where r.role = any (p.roles) and p.state <> 'disabled' and p.person_id <> $2
        and (p.person_id = $1 or g.given_by = $1 or f.setup_by = $1)
      order by p.person_id limit 1`,
    [actor.id, person, halves],
  );
  const [half] = rows;
  if (half === undefined || !(await isThereAnother(db, actor.id))) return;
  const whose = half.login === actor.name ? 'your own' : `of ${half.login}, who has it or a set-up code from you`;
  throw new GatewayError(
    'people.second-admin',
    `The other half of that pair, ${half.role}, is ${whose}: another admin must do this.`,
  );
}

async function isThereAnother(db: PoolClient, admin: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from persons where person_id <> $1
        and (('admin' = any (roles) and state = 'active') or admin_until > now() - make_interval(days => $2)) limit 1`,
    [admin, GONE_DAYS],
  );
  return rowCount !== 0;
}

/** Keeps who gave which role. */
export async function keepGrants(
  db: PoolClient,
  { actor }: By,
  { person, roles, lost = [] }: Equipped & { readonly lost?: readonly Role[] },
): Promise<void> {
  await db.query('delete from role_grants where person_id = $1 and role = any ($2)', [person, lost]);
  await db.query(
    `insert into role_grants (person_id, role, given_by) select $1, unnest($2::text[]), $3
     on conflict (person_id, role) do update set given_by = excluded.given_by, at = now()`,
    [person, roles, actor.id],
  );
}
