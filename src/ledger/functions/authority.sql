-- Purchases and quotes that a remote authority decides (docs/counterparts.md). Its word stands in args -> 'authority':
--   order  of authority_orders · programme · voucher, left: rials · until: ms, the end of its reservation · rc, reason: it declined

-- The split that the authority gave. Its rials come into a bucket of their own, which nothing else can spend: it ended before it began, so
-- that what comes back to it goes on to the fund by itself (expiry.sql). `preview`: nothing is reserved.
create function authority_split(e ledger_entry, c ledger_context, preview boolean) returns ledger_split language plpgsql as $$
declare
  s ledger_split;
  a jsonb := e.args -> 'authority';
  bucket bigint;
begin
  if a ? 'rc' then
    s.rc := a ->> 'rc';
    s.reason := a ->> 'reason';
    return s;
  end if;
  s.rules := rules_on(a ->> 'programme', e.today);
  if c.card_parts then s.rules := with_card_part(s.rules, a ->> 'programme', e.today); end if;
  if a ? 'standIn' then
    s.voucher_rials := stand_in_limit(e, a ->> 'programme', e.total_rials);
    if coalesce(s.voucher_rials, 0) = 0 then
      s.rc := case when s.voucher_rials is null then '91' else '61' end;
      s.reason := case when s.voucher_rials is null then 'authority.unreachable' else 'authority.stand-in-limit' end;
      return s;
    end if;
    insert into stand_ins (order_id, programme_id, household_id, merchant_id, day, rials)
    values ((a ->> 'order')::bigint, a ->> 'programme', e.household_id, e.merchant_id, e.today, s.voucher_rials);
    update authority_orders set voucher_rials = s.voucher_rials where order_id = (a ->> 'order')::bigint;
  else
    s.voucher_rials := (a ->> 'voucher')::bigint;
  end if;
  s.left_rials := coalesce((a ->> 'left')::bigint, 0);
  s.bucket_ids := '{}';
  s.take_rials := '{}';
  if s.voucher_rials not between 0 and e.total_rials then raise exception 'the authority gave % rials of %', s.voucher_rials, e.total_rials; end if;
  if preview or s.voucher_rials = 0 then return s; end if;
  insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
  values (e.household_id, a ->> 'programme', '0-' || (a ->> 'order'), s.voucher_rials, e.today - 2, e.today - 2)
  returning bucket_id into bucket;
  insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
  values (e.household_id, nextval('transaction_ids'), 1, c.day, e.at, 'allocation', bucket, -s.voucher_rials, s.voucher_rials);
  s.bucket_ids := array[bucket];
  s.take_rials := array[s.voucher_rials];
  return s;
end $$;

-- The order is now this purchase's: what is told of it follows from there.
create function authority_takes(e ledger_entry, v ledger_verdict) returns void language sql as $$
  update authority_orders set transaction_id = v.transaction_id, business_day = v.business_day, rrn = v.rrn, due_at = e.at + 1000
   where order_id = (e.args -> 'authority' ->> 'order')::bigint
$$;

-- A household that is the mirror of an authority's card.
create function is_mirror(household text) returns boolean language sql stable as $$
  select exists (select from authority_cards where household_id = household)
$$;

-- What changed of a purchase that an authority confirmed is to be told.
create function authority_hears(t transactions, at bigint) returns void language sql as $$
  update authority_orders set done_at = null, due_at = at, attempts = 0
   where household_id = t.household_id and transaction_id = t.transaction_id
$$;

-- What the authority is to hear of an order, as our books stand: `confirmed`, `reversed`, `cancelled`; null: that is not decided yet.
create function authority_wants(o authority_orders, instant bigint, patience bigint) returns text language plpgsql stable as $$
declare
  t transactions;
  q quotes;
begin
  if o.said = 'declined' then return 'nothing'; end if;
  if o.transaction_id is not null then
    select * into t from transactions
     where household_id = o.household_id and transaction_id = o.transaction_id and business_day = o.business_day;
    if not found or t.state = 'held' then return null; end if;
    if t.state = 'approved' then
      return case when o.told = 'confirmed' or not exists (select from stand_ins where order_id = o.order_id) then 'confirmed' else 'presented' end;
    end if;
    -- what was granted for an authority, and taken back before it was presented, it never hears of
    if o.told = 'asked' and o.said is null then return 'nothing'; end if;
    return case when o.told in ('confirming', 'confirmed', 'refused') then 'reversed' else 'cancelled' end;
  end if;
  if o.quote_ref is not null then
    select * into q from quotes where household_id = o.household_id and quote_ref = o.quote_ref;
    if found and q.state = 'held' then return null; end if;
    return 'cancelled';
  end if;
  -- nothing of it came into our books: whoever asked may still be at it
  if not o.abandoned and instant < o.asked_at + patience then return null; end if;
  return 'cancelled';
end $$;

-- Whether an authority may be asked, as its settings say how: two persons said so, and nobody ended it.
create function authority_in_force(of_authority text, of_digest text, today date) returns boolean language sql stable as $$
  select exists (select from public.authority_bindings where authority = of_authority and digest = of_digest and verdict = 'approved'
                    and ended_at is null and valid_from <= today)
$$;
