-- What a receipt says of the credit that was left, as days stand now: a policy may have moved the end since, and charges go on. Beside
-- receipt_of (0796): by the digest of a token alone, and nothing of what the household has today.
create function receipt_credit(p_digest bytea) returns table (left_rials bigint, credit_ends date, next_charge date)
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
  return next;
end $$;
revoke execute on function receipt_credit(bytea) from public;
