-- Cards that an authority was asked about are persons' too: they are forgotten once nobody has come with them for as long as is kept of persons.
alter table authority_cards add column last_at bigint; -- the last day on which somebody came with it; null: first_at

-- As it was (0835), and says that the card came, once a day: who comes now finds it, or makes it again, whatever is being forgotten.
create or replace function authority_household(hash bytea, hidden text, decided_by text, instant bigint) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  found_id text;
  came bigint;
begin
  select household_id, coalesce(last_at, first_at) into found_id, came from authority_cards where pan_hash = hash;
  if found and came < instant - 86400000 then
    update authority_cards set last_at = instant where pan_hash = hash;
  end if;
  if found then return found_id; end if;
  perform 1 from cards where pan_hash = hash;
  if found then return null; end if;
  found_id := 'R' || upper(left(encode(hash, 'hex'), 19));
  insert into households (household_id, members, status, status_reason, status_source)
  values (found_id, 1, 'blocked', 'authority', decided_by) on conflict do nothing;
  insert into cards (pan_hash, masked, household_id) values (hash, hidden, found_id) on conflict do nothing;
  insert into authority_cards (pan_hash, authority, household_id, first_at) values (hash, decided_by, found_id, instant) on conflict do nothing;
  return found_id;
end $$;

-- Only where nothing of it is open: no order to be told, none whose purchase may still be looked for, no reservation, no credit on its way back.
-- Its household stays, without a card: postings name it. Who comes again with the card has the same one.
create function forget_authority_cards(before timestamptz, most int) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with over as (
    select c.pan_hash, c.household_id from authority_cards c
     where coalesce(c.last_at, c.first_at) < extract(epoch from least($1, a_year_ago())) * 1000
       and not exists (select from authority_orders o where o.household_id = c.household_id and o.transaction_id is not null)
       and not exists (select from authority_orders o where o.household_id = c.household_id and o.done_at is null)
       and not exists (select from buckets b where b.household_id = c.household_id and b.amount_rials - b.spent_rials - b.expired_rials <> 0)
       and not exists (select from quotes q where q.household_id = c.household_id and q.state = 'held')
     order by coalesce(c.last_at, c.first_at) limit $2 for update of c skip locked),
  cards_of as (delete from cards k using over where k.pan_hash = over.pan_hash and k.household_id = over.household_id),
  gone as (delete from authority_cards c using over where c.pan_hash = over.pan_hash returning 1)
  select count(*) from gone
$$;
