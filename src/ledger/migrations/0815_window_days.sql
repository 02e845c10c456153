-- What a batch of purchases reads of moved days, flat, so that a household costs two look-ups in an array and nothing of it is taken apart
-- (docs/decisions/0068): `keys` are "<programme> <period>"; the days of key k for a household of decile d and digit g stand at
-- 121 × (k - 1) + 11 × d + g + 2 (0: not known; a digit is one more than it says), null: as granted.
alter table credit_window_maps
  add column keys       text[] not null default '{}',
  add column first_days date[] not null default '{}',
  add column last_days  date[] not null default '{}';

create function flatten_credit_windows() returns trigger language plpgsql as $$
begin
  select coalesce(array_agg(key order by key), '{}') into new.keys from jsonb_object_keys(new.windows) key;
  select coalesce(array_agg(d.first order by k.n, i.n), '{}'), coalesce(array_agg(d.last order by k.n, i.n), '{}')
    into new.first_days, new.last_days
    from unnest(new.keys) with ordinality k (key, n) cross join generate_series(0, 120) i (n)
   cross join lateral (select new.windows -> k.key -> 'from' as f, new.windows -> k.key -> 'to' as t) w
   cross join lateral (
     select (case jsonb_typeof(w.f) when 'string' then w.f #>> '{}' else w.f ->> i.n end)::date as first,
            (case jsonb_typeof(w.t) when 'string' then w.t #>> '{}' else w.t ->> i.n end)::date as last) d;
  return new;
end $$;
create trigger flatten_credit_windows before insert or update on credit_window_maps for each row execute function flatten_credit_windows();
update credit_window_maps set windows = windows;
