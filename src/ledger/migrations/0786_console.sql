-- What the console's API reads and changes (docs/api.md).

-- A change rests on the version that was read (If-Match). What the gateway itself moves on counts too; what only says when it looked does not.
alter table clearings add column version int not null default 1;
alter table breaks add column version int not null default 1;
alter table bank_leftovers add column version int not null default 1;
alter table bank_advices add column version int not null default 1;
create function next_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;
create trigger next_version before update of state, checker, error, findings on clearings for each row
  when ((old.state, old.checker, old.error, old.findings) is distinct from (new.state, new.checker, new.error, new.findings))
  execute function next_version();
create trigger next_version before update of state, owner, post, post_rials, proposed_by on breaks for each row
  when ((old.state, old.owner, old.post, old.post_rials, old.proposed_by) is distinct from (new.state, new.owner, new.post, new.post_rials, new.proposed_by))
  execute function next_version();
create trigger next_version before update of closed_at on bank_leftovers for each row execute function next_version();
-- attempts come every few seconds, and change nothing that a person rests on
create trigger next_version before update of owner, note, done_rc, resolved_at on bank_advices for each row
  when ((old.owner, old.note, old.done_rc, old.resolved_at) is distinct from (new.owner, new.note, new.done_rc, new.resolved_at))
  execute function next_version();

-- Transactions, the newest first, and by the number that an RRN of ours says. Numbers grow, so an entry goes to the end of the index.
create index transactions_number on transactions (transaction_id);
-- What is rare among purchases is found without a walk over them, and costs them nothing.
create index transactions_refused on transactions (rc, transaction_id) where rc <> '00';
create index transactions_reversed on transactions (transaction_id) where state = 'reversed';
create index transactions_others on transactions (kind, transaction_id) where kind <> 'purchase';
-- Cards that belong to no household, by what may be shown of them.
create index transactions_strangers on transactions (masked, transaction_id) where household_id = '';
create index cards_masked on cards (masked);
create index terminal_shops_of on terminal_shops (merchant_id);
create index bank_advices_rrn on bank_advices (rrn);
create index payment_files_day on payment_files (business_day, message_id);
create index taken_files_at on taken_files (taken_at, sha256);
create index complaints_purchase on complaints (household_id, transaction_id);

-- Doubts in an order that pages can follow: by when they began, then by their number. `place` is text of one length.
create or replace view bank_doubts as
  select 'advice' as kind, advice_id, mti, terminal_id, rrn, amount_rials, queued_at as since, attempts,
         last_error as why, due_at as next_at, owner, note,
         version, lpad(queued_at::text, 15, '0') || '-a' || lpad(advice_id::text, 19, '0') as place
    from bank_advices where done_at is null
   union all
  select 'refused', advice_id, mti, terminal_id, rrn, amount_rials, queued_at, attempts,
         'the bank answered ' || done_rc, null, owner, note,
         version, lpad(queued_at::text, 15, '0') || '-a' || lpad(advice_id::text, 19, '0')
    from bank_advices where done_rc not in ('00', '02', '25') and resolved_at is null
   union all
  select 'held', null, '0200', terminal_id, rrn, card_rials, at, 0, null, nullif(leased_until, 0), 'gateway', null,
         null, lpad(at::text, 15, '0') || '-h' || lpad(transaction_id::text, 19, '0')
    from transactions where state = 'held';

-- What the books write into the audit names the request of the API that it came with, and the reason that the person gave.
create or replace function audit_act(p_actor text, p_act text, p_object text, p_after jsonb, p_reason text default null) returns void language sql as $$
  insert into audit (actor_id, actor, act, object, after, reason, request_id)
  select known_person(name), left(name, 100), p_act, left(p_object, 200), p_after, left(coalesce(p_reason, who ->> 'reason'), 1000), who ->> 'requestId'
    from (select coalesce(nullif(p_actor, ''), nullif(current_setting('kalabarg.actor', true), ''), 'database role ' || session_user) as name,
                 terminal_by() as who) n
$$;
