-- Rations follow the voucher's rials: what of them a purchase takes is a function of how much of the voucher it keeps, so that whatever gives
-- back or takes again, in any order, leaves exactly the rations of what stands (docs/decisions/0092).

-- The lines of a purchase that take rations, as kept with it: [programme, period, key, line, rials of the voucher before it, rials that the
-- voucher pays of it, rials that it could have paid, the ration if it paid all of them].
-- `used` has what all of them come to.
create function ration_lines(allowed bigint[], rationed bigint[], keys text[], programme text, this_period text, voucher bigint)
returns jsonb language plpgsql immutable as $$
declare
  lines text := ''; -- put together as text: an array of JSON that grows would be copied for each line
  used text := '';
  used_keys text[] := '{}';
  used_rations bigint[] := '{}';
  before bigint := 0;
  part bigint;
  n bigint;
  at int;
begin
  for i in 1 .. coalesce(cardinality(allowed), 0) loop
    part := least(allowed[i], voucher - before);
    if rationed[i] is not null and part > 0 then
      lines := lines || ration_line(programme, this_period, keys[i], i, before, part, allowed[i], rationed[i]);
      n := case when part = allowed[i] then rationed[i] else ceil(rationed[i]::numeric * part / allowed[i]) end;
      at := array_position(used_keys, keys[i]);
      if at is null then
        used_keys := used_keys || keys[i];
        used_rations := used_rations || n;
      else
        used_rations[at] := used_rations[at] + n;
      end if;
    end if;
    before := before + part;
  end loop;
  if lines = '' then return null; end if;
  for i in 1 .. cardinality(used_keys) loop
    used := used || ',"' || used_keys[i] || '":' || used_rations[i];
  end loop;
  return ('{"programme":"' || programme || '","period":"' || this_period || '","used":{' || substr(used, 2) || '},"lines":[' || substr(lines, 2) || ']}')::jsonb;
end $$;

-- Programmes, periods and keys are letters, digits, _ and -.
create function ration_line(programme text, this_period text, key text, line int, before bigint, part bigint, allowed bigint, rationed bigint)
returns text language sql immutable as $$
  -- casts that are written are immutable: then it costs no call
  select ',["' || programme || '","' || this_period || '","' || key || '",' || line::text || ',' || before::text || ',' || part::text || ','
         || allowed::text || ',' || rationed::text || ']'
$$;

-- The rations of a purchase that keeps so many rials of the voucher: its lines pay in their order, and a part of a unit counts as one.
-- What was bought before lines were kept has them whole or not at all.
create function rations_of(q jsonb, voucher bigint) returns table (programme text, period text, key text, quantity bigint)
language sql immutable as $$
  select l.programme, l.period, l.key, sum(ceil(l.rationed::numeric * l.paid / l.allowed))::bigint
    from (select x ->> 0 as programme, x ->> 1 as period, x ->> 2 as key, (x ->> 7)::bigint as rationed, (x ->> 6)::bigint as allowed,
                 sum(greatest(0, least((x ->> 5)::bigint, voucher - (x ->> 4)::bigint))) as paid
            from jsonb_array_elements(q -> 'lines') x group by x ->> 0, x ->> 1, x ->> 2, x ->> 3, 4, 5) l
   where l.paid > 0
   group by 1, 2, 3
  union all
  select q ->> 'programme', q ->> 'period', u.key, u.value::bigint from jsonb_each_text(case when not q ? 'lines' then q -> 'used' end) u where voucher > 0
$$;

-- Takes the rations of a quote as it is made. (Those of purchases decide_batch.sql takes at once.)
create function take_rations(household text, q jsonb, voucher bigint) returns void language plpgsql as $$
begin
  if q is null then
    return;
  elsif q ? 'used' then
    insert into entitlement_uses as u (household_id, programme_id, category, period, quantity)
    select household, q ->> 'programme', key, q ->> 'period', value::bigint from jsonb_each_text(q -> 'used')
    on conflict (household_id, programme_id, category, period) do update set quantity = u.quantity + excluded.quantity;
  else
    perform move_rations(household, q, 0, voucher);
  end if;
end $$;

-- Takes or gives back what lies between the rations of so many rials of the voucher and of so many others.
create function move_rations(household text, q jsonb, was bigint, becomes bigint) returns void language plpgsql as $$
declare
  r record;
begin
  if q is null or was = becomes then return; end if;
  for r in select x.programme, x.period, x.key, sum(x.n)::bigint as n
             from (select programme, period, key, quantity as n from rations_of(q, becomes)
                   union all
                   select programme, period, key, -quantity from rations_of(q, was)) x
            group by 1, 2, 3 having sum(x.n) <> 0 loop
    if r.n > 0 then
      insert into entitlement_uses as u (household_id, programme_id, category, period, quantity)
      values (household, r.programme, r.key, r.period, r.n)
      on conflict (household_id, programme_id, category, period) do update set quantity = u.quantity + excluded.quantity;
    else
      update entitlement_uses set quantity = quantity + r.n -- below zero where others have used it in its place (household_moves.sql)
       where household_id = household and programme_id = r.programme and category = r.key and period = r.period;
    end if;
  end loop;
end $$;

-- The rials of the voucher for which a purchase takes rations. `pending`: of returns that the bank is asked about: they are not back yet.
create function rationed_rials(t transactions, pending bigint) returns bigint language plpgsql immutable as $$
begin
  if t.quantities ? 'lines' then
    return case t.state when 'held' then t.voucher_rials when 'approved' then (kept_of(t))[1] + pending else 0 end;
  end if;
  return (t.state = 'held' or t.state = 'approved' and (total_of(kept_of(t)) > 0 or t.pending_rials is not null))::int;
end $$;

-- What changes in the life of a purchase moves its rations. `gone`: of what was pending, this is no longer.
create function change_rations(before transactions, later transactions, gone bigint default 0) returns void language plpgsql as $$
declare
  pending bigint := 0;
begin
  if before.quantities is null then return; end if;
  if before.pending_rials is not null then
    pending := (select coalesce(sum(voucher_rials), 0) from transactions
                 where household_id = before.household_id and original_id = before.transaction_id and kind = 'return' and state = 'held');
  end if;
  perform move_rations(before.household_id, before.quantities, rationed_rials(before, pending), rationed_rials(later, pending - gone));
end $$;
