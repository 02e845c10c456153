import type pg from 'pg';
import { DECISIONS, DOOR } from '../../../src/ops/function-set.ts';

/** All that a database's schema says, a line each, in an order of its own: two databases of one schema give the same lines. */
export async function schemaLines(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ line: string }>(SCHEMA);
  return rows.map(({ line }) => line);
}

/** Columns by their order, not by their number: what was dropped leaves a gap. */
const SCHEMA = `
with spaces as (select oid from pg_namespace where nspname in ('public', '${DECISIONS}', '${DOOR}')),
     relations as (select * from pg_class where relnamespace in (select oid from spaces) and relkind in ('r', 'p', 'v', 'S', 'c', 'i', 'I'))
select format('%s %s: %s %s %s %s', relkind, oid::regclass, reloptions, relacl, relispartition, pg_get_partkeydef(oid)) as line
  from relations
union all
select format('column %s %s: %s %s %s %s %s', c.oid::regclass, row_number() over (partition by c.oid order by attnum), attname,
              format_type(atttypid, atttypmod), attnotnull, attidentity::text || attgenerated::text, pg_get_expr(adbin, adrelid))
  from relations c join pg_attribute a on a.attrelid = c.oid and attnum > 0 and not attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = attnum
 where relkind in ('r', 'p', 'v', 'c')
union all
select format('constraint %s on %s: %s %s', conname, conrelid::regclass, pg_get_constraintdef(oid), convalidated)
  from pg_constraint where connamespace in (select oid from spaces)
union all
select pg_get_indexdef(indexrelid) from pg_index where indexrelid in (select oid from relations)
union all
select pg_get_viewdef(oid) from relations where relkind = 'v'
union all
select pg_get_triggerdef(oid) from pg_trigger where tgrelid in (select oid from relations) and not tgisinternal
union all
select format('%s %s', pg_get_functiondef(oid), proacl) from pg_proc where pronamespace in (select oid from spaces)
union all
select format('sequence %s: %s', seqrelid::regclass, array[seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle::int])
  from pg_sequence where seqrelid in (select oid from relations)
 order by 1`;
