-- Reversals and completion advices are repeated too, and get the same answer again (wire.md 9.1): what moved nothing itself is kept
-- as an `advice`, under a family of names of its own where it is an 0220.
alter table transactions
  drop constraint transactions_kind_check,
  add constraint transactions_kind_check check (
    kind in ('purchase', 'quote', 'release', 'return', 'forward', 'reversal', 'advice'));
alter table requests
  drop constraint requests_family_check,
  add constraint requests_family_check check (family in ('02', '04', '22'));

-- A partial reversal (DE 95) that came while the bank was still asked: done once the bank has approved.
alter table transactions add column corrected_rials bigint check (corrected_rials > 0);
create index transactions_corrected on transactions (at) where corrected_rials is not null and state = 'approved';

-- A quote is good where it was given: its split was judged by what this shop may sell.
alter table quotes add column merchant_id text;

-- `pin_check = 'none'` skips the issuer's check of the PIN below this amount (wire.md 10); null: of every amount.
alter table programme_rules add column pin_check_from_rials bigint check (pin_check_from_rials > 0);

-- Loads and charges of credit (8583, 4) write to the open day for many seconds. Closing waits for them first: were it to wait for
-- the day itself, every purchase that comes meanwhile would stand behind it.
create or replace function close_after_batches() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(8583, 4);
  perform pg_advisory_xact_lock(8583, 3);
  return new;
end $$;
