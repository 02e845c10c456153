-- Files in which banks answered, the newest first. $1 before which instant (microseconds since the epoch) and $2 which file (null: from the newest on), $3 limit.
select t.sha256 as id, t.kind, t.identity, t.name, t.lines, t.taken_at as "takenAt", (extract(epoch from t.taken_at) * 1000000)::bigint::text as place,
       (select count(*)::int from bank_leftovers l where l.sha256 = t.sha256) as leftovers,
       (select count(*)::int from bank_leftovers l where l.sha256 = t.sha256 and l.closed_at is null) as "openLeftovers"
  from taken_files t
 where t.kind in ('pain.002', 'csv', 'camt.053') and not exists (select 1 from acquirer_files a where a.sha256 = t.sha256)
   and ($1::bigint is null or (t.taken_at, t.sha256) < (to_timestamp($1 / 1000000.0), $2))
 order by t.taken_at desc, t.sha256 desc limit $3
