-- What the bank refused for its Sheba (AC01, AC04) is carried and blocked. One person says that the Sheba is right now,
-- another approves; then it goes with the next clearing. Rows are the record: none is ever removed.
create table carry_unblocks (
  unblock_id  bigint generated always as identity primary key,
  merchant_id text not null,
  carry_id    bigint not null,
  sheba       text not null,                        -- the shop's when it was proposed; approved only if it still is
  reason      text not null check (reason <> ''),
  proposed_by text not null check (proposed_by <> ''),
  proposed_at timestamptz not null default now(),
  verdict     text check (verdict in ('approved', 'rejected')),
  decided_by  text,
  decided_at  timestamptz,
  foreign key (merchant_id, carry_id) references payable_carries,
  check ((verdict is null) = (decided_by is null)),
  check (verdict is distinct from 'approved' or lower(decided_by) <> lower(proposed_by))
);
create unique index carry_unblocks_open on carry_unblocks (merchant_id, carry_id) where verdict is null;
