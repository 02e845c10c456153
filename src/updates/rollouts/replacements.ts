import type { Db } from '../repository/index.ts';

/** Devices that cannot be updated: for replacement, with shop, model and reason. */
export interface Replacement {
  readonly terminal: string;
  readonly serial: string;
  readonly merchant: string;
  readonly name: string;
  readonly model: string | null;
  /** `refuses`: it refused or went back three times and more; `never-reported`: it trades and never reported; `replacement`: its model is
   *  one that is replaced (device-models.csv). */
  readonly reason: 'refuses' | 'never-reported' | 'replacement';
}

/** @returns by DE 41 */
export async function listReplacements(
  db: Db,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Replacement[]> {
  const { rows } = await db.query<Replacement>(
    `select t.terminal_id as terminal, t.serial, t.merchant_id as merchant, m.name, t.model, why.reason
       from update_terminals t join merchants m using (merchant_id)
      cross join lateral (
        select case
          when exists (select 1 from device_models d where d.model = t.model and d.becomes = 'replacement') then 'replacement'
          when (select count(*) from update_reports r where r.terminal_id = t.terminal_id and r.report ->> 'phase' in ('REJECTED', 'ROLLED_BACK')) >= 3
           and not exists (select 1 from update_outcomes o where o.terminal_id = t.terminal_id and o.phase = 'CONFIRMED') then 'refuses'
          when not exists (select 1 from update_devices d where d.terminal_id = t.terminal_id and d.reported_at is not null)
           and exists (select 1 from terminal_contacts c where c.terminal_id = t.terminal_id and c.last_at > now() - interval '30 days')
           and exists (select 1 from update_rollouts where state in ('running', 'done') and step_since < now() - interval '30 days') then 'never-reported'
        end as reason) why
      where why.reason is not null and t.terminal_id > $1 order by t.terminal_id limit $2`,
    [after ?? '', limit],
  );
  return rows;
}
