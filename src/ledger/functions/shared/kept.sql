-- What stands of a purchase, and the credit that goes back or is taken again when that changes (docs/decisions/0014).

-- Voucher, card and cash that a purchase keeps, by what happened to it and stands: its price (DE 95), each returned part, its
-- reversal. The order in which they came makes no difference.
create function kept_of(t transactions) returns bigint[] language plpgsql immutable as $$
declare
  price bigint := coalesce(t.price_rials, t.voucher_rials + t.card_rials + t.cash_rials);
  kept bigint[];
  over bigint := 0;
  part bigint;
begin
  if t.state in ('reversed', 'declined') then return '{0,0,0}'; end if;
  kept := priced(t, price);
  for i in 1 .. 3 loop
    kept[i] := kept[i] - coalesce(t.returned_rials[i], 0);
    if kept[i] < 0 then
      over := over - kept[i];
      kept[i] := 0;
    end if;
  end loop;
  -- more was returned of one part than the corrected price has of it: the rest is of the others
  for i in 1 .. 3 loop
    part := least(kept[i], over);
    kept[i] := kept[i] - part;
    over := over - part;
  end loop;
  return kept;
end $$;

-- The parts of a purchase or return, had this been its total from the first.
create function priced(t transactions, price bigint) returns bigint[] language sql immutable as $$
  select array[least(t.voucher_rials, price),
               least(t.card_rials, greatest(0, price - t.voucher_rials)),
               least(t.cash_rials, greatest(0, price - t.voucher_rials - t.card_rials))]
$$;

create function total_of(parts bigint[]) returns bigint language sql immutable as $$
  select parts[1] + parts[2] + parts[3]
$$;

-- The other array's parts taken off.
create function without(parts bigint[], other bigint[]) returns bigint[] language sql immutable as $$
  select array[parts[1] - other[1], parts[2] - other[2], parts[3] - other[3]]
$$;

-- Writes what changes in the life of a purchase or return. What it gave back follows from what it keeps; of a return, which keeps
-- nothing, it is what was taken again.
create function save_facts(t transactions) returns void language plpgsql as $$
declare
  given bigint[] := array[t.given_voucher, t.given_card, t.given_cash];
begin
  if t.kind <> 'return' then given := without(priced(t, t.voucher_rials + t.card_rials + t.cash_rials), kept_of(t)); end if;
  update transactions
     set state = t.state, price_rials = t.price_rials, returned_rials = t.returned_rials, pending_rials = t.pending_rials,
         corrected_rials = t.corrected_rials, given_rials = t.given_rials, more_ids = t.more_ids, more_rials = t.more_rials,
         given_voucher = given[1], given_card = given[2], given_cash = given[3]
   where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
end $$;

-- A return counts among those that stand (sign 1), or does so no more.
create function count_return(t transactions, sign int, parts bigint[]) returns transactions language plpgsql immutable as $$
begin
  for i in 1 .. 3 loop
    t.returned_rials[i] := coalesce(t.returned_rials[i], 0) + sign * parts[i];
  end loop;
  return t;
end $$;

-- Adds rials to the entry of a bucket: each stands in such a list once.
create function add_take(inout ids bigint[], inout rials bigint[], id bigint, more bigint) language plpgsql immutable as $$
declare
  i int := array_position(ids, id);
begin
  ids := coalesce(ids, '{}');
  rials := coalesce(rials, '{}');
  if i is null then
    ids := ids || id;
    rials := rials || more;
  else
    rials[i] := rials[i] + more;
  end if;
end $$;

-- The credit that goes back with this amount of what a purchase kept of the voucher: first what was never taken again (unfunded,
-- it moves nothing), then the last taken first. `t` comes back changed, to be saved.
create function release_credit(inout t transactions, amount bigint, at bigint, preview boolean,
  out ids bigint[], out rials bigint[], out unfunded bigint) language plpgsql as $$
declare
  wanted bigint;
  part bigint;
begin
  ids := '{}';
  rials := '{}';
  unfunded := end_shortages(t, amount, at, preview);
  wanted := amount - unfunded;
  for i in reverse coalesce(cardinality(t.more_ids), 0) .. 1 loop
    part := least(t.more_rials[i], wanted);
    continue when part <= 0;
    wanted := wanted - part;
    t.more_rials[i] := t.more_rials[i] - part;
    select x.ids, x.rials into ids, rials from add_take(ids, rials, t.more_ids[i], part) x;
  end loop;
  if cardinality(t.given_rials) = 0 then t.given_rials := array_fill(0::bigint, array[cardinality(t.bucket_ids)]); end if;
  for i in reverse cardinality(t.bucket_ids) .. 1 loop
    part := least(t.take_rials[i] - t.given_rials[i], wanted);
    continue when part <= 0;
    wanted := wanted - part;
    t.given_rials[i] := t.given_rials[i] + part;
    select x.ids, x.rials into ids, rials from add_take(ids, rials, t.bucket_ids[i], part) x;
  end loop;
  if wanted > 0 then
    raise exception 'purchase % of household % has % rials less than it should give back', t.transaction_id, t.household_id, wanted;
  end if;
end $$;

-- Takes credit again for a purchase whose return was reversed: from the buckets it came from, also what of it has gone back to the
-- programme at its end; then from what the household could have spent instead when it bought, the oldest ending first. What is not
-- to be had is unfunded. `t` comes back changed; the buckets' spent_rials are the caller's to write.
create function take_again(inout t transactions, amount bigint, today date, day date, at bigint, windows jsonb,
  out ids bigint[], out rials bigint[], out unfunded bigint) language plpgsql as $$
declare
  b record;
  part bigint;
begin
  ids := '{}';
  rials := '{}';
  unfunded := amount;
  for i in 1 .. cardinality(t.given_rials) loop
    part := least(t.given_rials[i], unfunded);
    continue when part = 0;
    part := claim(t.household_id, t.bucket_ids[i], part, day, at);
    unfunded := unfunded - part;
    t.given_rials[i] := t.given_rials[i] - part;
    if part > 0 then select x.ids, x.rials into ids, rials from add_take(ids, rials, t.bucket_ids[i], part) x; end if;
  end loop;
  if unfunded = 0 then return; end if;
  for b in select x.bucket_id, least(spare_in(t, x, w.from_day), w.open_rials - coalesce(rials[array_position(ids, x.bucket_id)], 0)) as open_rials
             from windowed(t.household_id, windows) w
             join buckets x on x.household_id = t.household_id and x.bucket_id = w.bucket_id
            where w.from_day <= today and w.to_day >= today
            order by w.to_day, (select spend_order from programmes p where p.programme_id = w.programme_id), w.programme_id, w.period loop
    part := least(b.open_rials, unfunded);
    continue when part <= 0;
    unfunded := unfunded - part;
    select x.ids, x.rials into t.more_ids, t.more_rials from add_take(t.more_ids, t.more_rials, b.bucket_id, part) x;
    select x.ids, x.rials into ids, rials from add_take(ids, rials, b.bucket_id, part) x;
  end loop;
end $$;

-- How much of a bucket may stand in for the ones that a purchase took from: all, where it could be spent on that day; of a later
-- period only what was carried over from those.
create function spare_in(t transactions, b buckets, from_day date) returns bigint language plpgsql stable as $$
begin
  if from_day <= (to_timestamp(t.at / 1000) at time zone 'Asia/Tehran')::date then return b.amount_rials; end if;
  if b.carried_rials = 0 then return 0; end if;
  return coalesce((
    select sum(into_it.household_voucher) from postings out_of
      join postings into_it using (household_id, transaction_id, business_day)
     where out_of.household_id = t.household_id and out_of.kind = 'carry-over' and out_of.line = 1
       and out_of.bucket_id = any (t.bucket_ids || t.more_ids) and into_it.line = 2 and into_it.bucket_id = b.bucket_id), 0);
end $$;

-- Brings back what a conversion of the books set apart of a bucket: what is then below one step is set apart again (convert_buckets).
create function unset_apart(household text, bucket bigint, day date, at bigint) returns bigint language plpgsql as $$
declare
  taken bigint;
begin
  select coalesce(sum(programme_fund), 0) into taken from postings
   where household_id = household and bucket_id = bucket and kind = 'conversion';
  if taken = 0 then return 0; end if;
  insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
  values (household, nextval('transaction_ids'), 1, day, at, 'conversion', bucket, -taken, taken);
  update buckets set expired_rials = expired_rials - taken, swept = false where household_id = household and bucket_id = bucket;
  return taken;
end $$;

-- How much of these rials a bucket has for a purchase of its own: what is open, and what went back to the programme at its end,
-- which comes out of there again.
create function claim(household text, bucket bigint, wanted bigint, day date, at bigint) returns bigint language plpgsql as $$
declare
  b buckets;
  open_rials bigint;
  ended bigint;
begin
  select * into b from buckets where household_id = household and bucket_id = bucket;
  open_rials := b.amount_rials - b.spent_rials - b.held_rials - b.expired_rials;
  if wanted <= open_rials or b.expired_rials = 0 then return least(wanted, open_rials); end if;
  open_rials := open_rials + unset_apart(household, bucket, day, at);
  if wanted <= open_rials then return wanted; end if;
  ended := least(b.expired_rials, wanted - open_rials, ended_rials(household, bucket));
  if ended <= 0 then return open_rials; end if;
  update buckets set expired_rials = expired_rials - ended, swept = false where household_id = household and bucket_id = bucket;
  insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
  values (household, nextval('transaction_ids'), 1, day, at, 'expiry', bucket, ended, -ended);
  return open_rials + ended;
end $$;
