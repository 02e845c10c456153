-- Households that merge, split, or let a person go to another (docs/decisions/0086): one person proposes, another approves, and in that
-- transaction cards, members and credit move. Never changed or removed.
create table household_moves (
  move_id        bigint generated always as identity primary key,
  kind           text   not null check (kind in ('merge', 'split', 'card')),
  from_household text   not null references households,
  to_household   text   not null references households,
  cards          bytea[] not null default '{}',    -- keyed hashes; of a merge: none, as all of them go
  persons        int    not null check (persons >= 0), -- who go
  from_members   int    not null,                  -- before, as this was proposed
  to_members     int    not null,                  -- before: of a split, none
  cause          text   not null check (cause ~ '^[a-z-]{2,40}$'),
  reason         text   not null check (length(reason) between 5 and 1000),
  proposed_by    text   not null check (proposed_by <> ''),
  proposed_by_id bigint references persons,
  proposed_at    timestamptz not null,
  verdict        text check (verdict in ('approved', 'rejected')),
  decided_by     text,
  decided_by_id  bigint references persons,
  decided_at     timestamptz,
  moved_rials    bigint not null default 0,
  check (from_household <> to_household),
  check (case kind when 'merge' then persons = from_members and cardinality(cards) = 0
                   when 'split' then persons between 1 and from_members - 1 and to_members = 0
                   else persons < from_members and cardinality(cards) > 0 end),
  check ((verdict is null) = (decided_by is null) and (verdict is null) = (decided_at is null)),
  check (verdict is distinct from 'approved' or lower(decided_by) <> lower(proposed_by)),
  check (verdict is distinct from 'approved' or decided_by_id <> proposed_by_id)
);
create index household_moves_from on household_moves (from_household, move_id);
create index household_moves_to on household_moves (to_household, move_id);
create index household_moves_merged on household_moves (move_id) where kind = 'merge' and verdict = 'approved';
create trigger fill_person_ids before insert or update on household_moves for each row execute function fill_person_ids('proposed_by', 'decided_by');

create function decide_household_move() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.verdict, new.decided_by, new.decided_at) > 0 then
      raise exception 'a move is proposed first' using errcode = 'check_violation';
    end if;
  elsif old.verdict is not null then
    raise exception 'move % was % before', old.move_id, old.verdict using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger decide_household_move before insert or update on household_moves for each row execute function decide_household_move();

create function audit_household_move() returns trigger language plpgsql as $$
begin
  perform audit_act(case when new.verdict is null then new.proposed_by else new.decided_by end,
                    'household-move.' || coalesce(new.verdict, 'proposed'), 'household-move:' || new.move_id,
                    jsonb_build_object('kind', new.kind, 'from', new.from_household, 'to', new.to_household, 'persons', new.persons,
                                       'cards', cardinality(new.cards), 'cause', new.cause), new.reason);
  return null;
end $$;
create constraint trigger audit_household_move after insert or update of verdict on household_moves deferrable initially deferred
  for each row execute function audit_household_move();

-- Whose a card was before: what was bought with it then is returned there.
create table moved_cards (
  pan_hash     bytea  not null,
  household_id text   not null,
  move_id      bigint not null references household_moves,
  primary key (pan_hash, move_id)
);

-- Rations that were used go with persons too: what a household's count has of that, so that it can be proved. Of what was used before a split, all
-- may come back where it was bought: then a household has used less than nothing, which others have used in its place.
create table moved_rations (
  move_id      bigint not null references household_moves,
  household_id text   not null,
  programme_id text   not null,
  category     text   not null,
  period       text   not null,
  quantity     bigint not null -- below zero: it went
);
create index moved_rations_household on moved_rations (household_id, programme_id, category, period);
alter table entitlement_uses drop constraint entitlement_uses_quantity_check;

-- Credit that goes with persons from one household to another.
alter table postings
  drop constraint postings_kind_check,
  add constraint postings_kind_check check
    (kind in ('allocation', 'purchase', 'return', 'reversal', 'expiry', 'carry-over', 'prolongation', 'conversion', 'transfer')),
  add constraint transfer_of_credit check
    (kind <> 'transfer' or merchant_id is null and bucket_id is not null and programme_fund = -household_voucher);
