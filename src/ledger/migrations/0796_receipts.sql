-- Receipts (people.md 6): whoever has the token of an approval (DE 48 tag 11) reads what became of it. The public door's role can read no
-- table of money: it asks this function, which says nothing of a household or its card.

-- By a digest, so that how long a look-up takes says nothing of a token, and no statement carries one. A purchase that waits for the bank
-- is not in it until it is approved: each approval adds one entry, a refusal none (decision 79).
create index transactions_receipt on transactions using hash (sha256(token::bytea)) where state in ('approved', 'reversed');

-- What stands on a receipt; null: there is none, or it has ended. Both take the same way through the same partitions.
-- Rials are text. `leftUntil` is the first end of the credit that was left, as far as buckets say it today.
create function receipt_of(p_digest bytea) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
declare
  v_now bigint := database_clock();
  v_first date := (to_timestamp(v_now / 1000.0) at time zone interval '3:30')::date - 92;
  v_day date;
  t transactions;
  o transactions;
  v_back jsonb := '[]';
  v_until date;
  v_least bigint;
begin
  select * into t from transactions
   where sha256(token::bytea) = p_digest and state in ('approved', 'reversed') and business_day >= v_first
     and at > v_now - 90 * 86400000::bigint;
  if not found or t.kind not in ('purchase', 'return') then return null; end if;
  v_day := (to_timestamp(t.at / 1000.0) at time zone interval '3:30')::date;

  -- what took it back, each with what it moved; those of a card of no household share its name, and are not looked through
  if t.household_id <> '' and (t.state = 'reversed' or t.given_voucher + t.given_card + t.given_cash > 0) then
    select coalesce(jsonb_agg(jsonb_build_object('kind', r.kind, 'at', r.at::text, 'rrn', r.rrn,
             'voucher', (r.voucher_rials - r.given_voucher)::text, 'card', (r.card_rials - r.given_card)::text,
             'cash', (r.cash_rials - r.given_cash)::text) order by r.at, r.transaction_id), '[]') into v_back
      from transactions r
     where r.household_id = t.household_id and r.transaction_id > t.transaction_id and r.business_day >= t.business_day
       and r.original_id = t.transaction_id and r.original_day = t.business_day
       and r.kind in ('return', 'reversal') and r.state = 'approved';
  end if;

  if t.kind = 'return' then
    select * into o from transactions
     where household_id = t.household_id and transaction_id = t.original_id and business_day = t.original_day;
  end if;

  if t.left_rials > 0 then
    select coalesce(min(valid_to) filter (where amount_rials > spent_rials + held_rials or expired_rials > 0), max(valid_to)) into v_until
      from buckets where household_id = t.household_id and valid_from <= v_day and valid_to >= v_day;
  end if;

  if t.kind = 'purchase' and t.voucher_rials > 0 then
    select max(r.min_card_rials) into v_least
      from (select distinct programme_id from buckets where household_id = t.household_id and bucket_id = any (t.bucket_ids)) p
      cross join lateral (select min_card_rials from programme_rules
                           where programme_id = p.programme_id and valid_from <= v_day order by valid_from desc limit 1) r;
  end if;

  return jsonb_build_object(
    'kind', t.kind, 'state', t.state, 'at', t.at::text, 'endsAt', (t.at + 90 * 86400000::bigint)::text,
    'rrn', t.rrn, 'terminal', t.terminal_id, 'shop', (select name from merchants where merchant_id = t.merchant_id),
    'total', t.total_rials::text, 'voucher', t.voucher_rials::text, 'card', t.card_rials::text, 'cash', t.cash_rials::text,
    'fee', t.fee_rials::text, 'leastCard', coalesce(v_least, 0)::text,
    'lines', coalesce(t.verdicts, ''), 'left', t.left_rials::text, 'leftUntil', v_until,
    'backVoucher', t.given_voucher::text, 'backCard', t.given_card::text, 'backCash', t.given_cash::text, 'back', v_back,
    'asking', coalesce(t.pending_rials, 0)::text,
    -- the card part's way back: still to be told to the bank, or refused by it
    'cardOpen', exists (select 1 from bank_doubts d where d.kind = 'advice' and d.mti = '0420' and d.rrn = t.rrn and d.terminal_id = t.terminal_id),
    'cardRefused', exists (select 1 from bank_doubts d where d.kind = 'refused' and d.mti = '0420' and d.rrn = t.rrn and d.terminal_id = t.terminal_id),
    'originalRrn', o.rrn, 'originalAt', o.at::text);
end $$;
revoke execute on function receipt_of(bytea) from public;
