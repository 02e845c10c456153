-- What the public door may see of money (decision 59): of the shops of one signed-in owner, and of a purchase whose receipt is in hand. The
-- views have the names of the tables, so that whoever has `door` before `public` in the search path reads what an owner may read with the
-- statements that everybody else reads the whole with. They run with the rights of the tables' owner. No barrier: whoever may send statements
-- of their own here can open a session of any owner anyway, and a barrier would keep joins from using indexes.
create schema door;

-- The shops of the session that this transaction is for (src/owners/own-side.ts).
create function door.mine() returns text[] language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(array_agg(m.merchant_id), '{}') from owner_sessions s join merchants m using (mobile)
   where s.session_id = nullif(current_setting('kalabarg.owner_session', true), '')::bigint and s.ended_at is null and s.expires_at > to_timestamp(database_clock() / 1000.0)
$$;

create view door.requests as
  select household_id, transaction_id, business_day, merchant_id, terminal_id, family
    from public.requests where merchant_id = any ((select door.mine())::text[]);
create view door.transactions as
  select household_id, transaction_id, business_day, merchant_id, terminal_id, kind, state, at, rrn, masked, total_rials, given_voucher, given_card,
         given_cash, original_id, original_day
    from public.transactions where merchant_id = any ((select door.mine())::text[]);
create view door.postings as
  select household_id, transaction_id, business_day, merchant_id, kind, at, merchant_payable, merchant_card, merchant_cash, fees
    from public.postings where merchant_id = any ((select door.mine())::text[]);

create view door.business_days as select business_day, closed_at from public.business_days;
create view door.clearings as
  select business_day, state, made_at, released_at, delivered_at, case when error is not null then '' end as error,
         jsonb_build_object('createdTime', profile -> 'createdTime') as profile
    from public.clearings;
create view door.merchant_nets as
  select * from public.merchant_nets where merchant_id = any ((select door.mine())::text[]);
create view door.payment_orders as
  select instruction_id, message_id, business_day, part, merchant_id, sheba, amount_rials, rail, state, reason, changed_at
    from public.payment_orders where merchant_id = any ((select door.mine())::text[]);
create view door.payment_files as select message_id, pay_on, cycle, delivered_at from public.payment_files;
create view door.payable_carries as
  select * from public.payable_carries where merchant_id = any ((select door.mine())::text[]);
create view door.carry_unblocks as
  select unblock_id, merchant_id, carry_id, verdict from public.carry_unblocks where merchant_id = any ((select door.mine())::text[]);
create view door.settlement_postings as
  select * from public.settlement_postings where merchant_id = any ((select door.mine())::text[]);
create view door.journal_exports as select business_day, last_sha256 from public.journal_exports;
create view door.shop_disputes as
  select * from public.shop_disputes where merchant_id = any ((select door.mine())::text[]);

create view door.terminals as
  select terminal_id, merchant_id, status, blocked, software_version from public.terminals where merchant_id = any ((select door.mine())::text[]);
-- whether there are keys, and since when; never a token of one
create view door.terminal_keys as
  select k.terminal_id, k.tmk_at, k.changed_at, case when k.keys is not null then true end as keys
    from public.terminal_keys k join public.terminals t using (terminal_id) where t.merchant_id = any ((select door.mine())::text[]);

create view door.programme_rules as select programme_id, valid_from, min_software_version from public.programme_rules;
create function door.software_serves(version text, least_version text) returns boolean language sql immutable security definer
  set search_path = decisions, pg_temp as $$ select decisions.software_serves(version, least_version) $$;

-- The purchase that a receipt names, by indexes that are there: the terminal's requests of the days that the RRN may be of. Everything on the
-- receipt has to agree; whose shop it is (of_merchant) needs no total and no digits of the card to read its own books.
create function door.purchase_of(of_rrn text, of_terminal text, days date[], total bigint, digits text, of_merchant text)
  returns table (household text, id text, day text, merchant text, terminal text, rrn text, total_rials text, last4 text, name text)
  language sql stable security definer set search_path = public, pg_temp as $$
  select t.household_id, t.transaction_id::text, t.business_day::text, t.merchant_id, t.terminal_id, t.rrn, t.total_rials::text, right(t.masked, 4), m.name
    from terminal_shops s
    join requests r on r.merchant_id = s.merchant_id and r.terminal_id = s.terminal_id and r.family = '02' and r.business_day = any (days)
    join transactions t on t.household_id = r.household_id and t.transaction_id = r.transaction_id and t.business_day = r.business_day
    join merchants m on m.merchant_id = s.merchant_id
   where s.terminal_id = of_terminal and (of_merchant is null or s.merchant_id = of_merchant)
     and t.rrn = of_rrn and t.kind = 'purchase' and t.business_day = any (days)
     and (total is null or t.total_rials = total) and (digits is null or right(t.masked, 4) = digits)
     and ((total is not null and digits is not null) or s.merchant_id = any (door.mine()))
   limit 1
$$;

-- What became of the purchase of a receipt.
create function door.look_at(of_household text, id bigint, of_day date, of_rrn text)
  returns table (state text, at float8, voucher text, card text, "givenBack" text, whole text, "reversalOpen" boolean, "reversalRefused" boolean)
  language sql stable security definer set search_path = public, pg_temp as $$
  select t.state, t.at::float8, t.voucher_rials::text, t.card_rials::text, (t.given_voucher + t.given_card + t.given_cash)::text,
         (t.voucher_rials + t.card_rials + t.cash_rials)::text,
         exists (select 1 from bank_doubts d where d.kind <> 'held' and d.rrn = t.rrn and d.terminal_id = t.terminal_id),
         exists (select 1 from bank_doubts d where d.kind = 'refused' and d.rrn = t.rrn and d.terminal_id = t.terminal_id)
    from transactions t where t.household_id = of_household and t.transaction_id = id and t.business_day = of_day and t.rrn = of_rrn
$$;

-- What a receipt says of the credit that was left, as days stand now: a policy may have moved the end since, and charges go on. Beside
-- receipt_of (0796): by the digest of a token alone, and nothing of what the household has today. Up to 0.2 in public (0772).
create function door.receipt_credit(p_digest bytea) returns table (left_rials bigint, credit_ends date, next_charge date, stood_in text)
language plpgsql stable security definer set search_path = public, pg_temp
set enable_seqscan = off set jit = off as $$
declare
  v_now bigint := database_clock();
  v_today date := database_today();
  t transactions;
begin
  select x.* into t from transactions x
   where sha256(x.token::bytea) = p_digest and x.state in ('approved', 'reversed') and x.business_day >= v_today - 92
     and x.at > v_now - 90 * 86400000::bigint;
  if not found or t.kind not in ('purchase', 'return') or t.household_id = '' then return; end if;
  left_rials := t.left_rials;
  -- the buckets that ended on the day that was said, and when they end now
  select min(n.to_day) into credit_ends
    from decisions.windowed(t.household_id, decisions.windows_at(t.at)) o
    join decisions.windowed(t.household_id, decisions.windows_at(v_now)) n using (bucket_id)
   where t.left_rials > 0 and o.to_day = t.credit_ends;
  credit_ends := coalesce(credit_ends, t.credit_ends);
  next_charge := decisions.next_charge_of(t.household_id, v_today, decisions.windows_at(v_now));
  stood_in := case t.reason when 'approved.stand-in' then 'authority' when 'approved.bank-stand-in' then 'bank' end;
  return next;
end $$;
