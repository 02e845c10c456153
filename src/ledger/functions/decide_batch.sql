-- The one way into the ledger: a micro-batch, decided in one transaction, each entry with its own verdict (decision 4).
-- The names of the requests are locked in order, then their households in order: no two batches can wait for each
-- other in a circle, and what an entry reads nobody else changes until the commit. Advisory locks write nothing.
-- A household has one entry a batch (a second one's verdict is `again`), so that nothing an entry reads depends on what
-- another writes: the loop only computes, and what it decided is written by one statement a table.
create function decide_batch(
  ops text[], terminals text[], stans text[], times text[], dates text[], transmissions text[], merchants text[],
  hashes bytea[], pans bytea[], masks text[], instants bigint[], todays date[], totals bigint[], tokens text[],
  leg_ats text[], argss jsonb[])
returns setof ledger_verdict language plpgsql
set search_path from current
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  e ledger_entry;
  c ledger_context;
  v ledger_verdict;
  decided ledger_verdict[] := '{}';
  holders text[];
  twice boolean[];
begin
  perform pg_advisory_xact_lock_shared(8583, 3); -- closing a business day waits for this
  perform pg_advisory_xact_lock(1, n.lock)
     from (select distinct hashtext(u.terminal || '|' || coalesce(u.args ->> 'stan', u.stan)) as lock
             from unnest(ops, terminals, stans, argss) as u (op, terminal, stan, args)
            where u.op <> 'complete' order by 1) n;

  select array_agg(coalesce(card.household_id, case
                     when u.op = 'complete' then u.args ->> 'household'
                     when u.op in ('reverse', 'advise') then (request_of(u.merchant, u.terminal, u.args, u.total, u.today)).household_id
                   end, '') order by u.ord) into holders
    from unnest(ops, merchants, terminals, pans, argss, totals, todays) with ordinality as u (op, merchant, terminal, pan, args, total, today, ord)
    left join cards card on card.pan_hash = u.pan;

  perform pg_advisory_xact_lock(2, n.lock)
     from (select distinct hashtext(h) as lock from unnest(holders) as h where h <> '' order by 1) n;

  select array_agg(h <> '' and n > 1 order by ord) into twice
    from (select h, ord, row_number() over (partition by h order by ord) as n from unnest(holders) with ordinality as u (h, ord)) x;

  c := context_of(instants[cardinality(instants)], todays[cardinality(todays)], dates);
  if exists (select 1 from credit_shortages) then
    -- what came back since by itself (a quote that ended) is not there to spend
    perform recover_credit(u.holder, u.today, c.day, u.at) from unnest(holders, todays, instants) as u (holder, today, at)
      where u.holder <> '';
  end if;

  for e in
    select u.ord, u.op, u.terminal_id, u.stan, u.local_time, u.local_date, u.merchant_id, u.content_hash, u.masked, u.at, u.today, u.total_rials, u.token,
           u.leg_at, u.args, nextval('transaction_ids'),
           u.household_id, h.status, h.members, m.guild,
           case
             when u.twice then 'again'
             when u.op = 'complete' then null
             when known.transaction_id is not null then 'known'
             when u.op in ('reverse', 'advise') then null
             when u.args ? 'stale' then '30 clock.wrong'
             when exists (select 1 from tombstones k where k.terminal_id = u.terminal_id and k.stan = u.stan
                             and (k.transmission = u.transmission or made_before(u.local_date, u.local_time, k.transmission)
                                  or k.local_time = u.local_time and k.local_date = u.local_date))
               then '12 reversed.before'
             when term.merchant_id is distinct from u.merchant_id then '03 merchant.mismatch'
             when m.status <> 'approved' then '03 merchant.' || m.status
             when term.status <> 'active' then '58 terminal.' || term.status
             when term.blocked then '58 terminal.blocked'
             -- what gives credit back, and what is the bank's alone, is not kept from a household that may not spend
             when h.status <> 'active' and u.op in ('purchase-card', 'purchase-cash', 'quote') then '57 household.' || h.status
           end,
           known.transaction_id, known.household_id, known.business_day, known.content_hash,
           credit.bucket_ids, credit.open_rials, credit.programme_id, credit.last_programme
      from unnest(ops, terminals, stans, times, dates, transmissions, merchants, hashes, masks, instants, todays, totals,
                  tokens, leg_ats, argss, holders, twice) with ordinality
           as u (op, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash, masked, at, today,
                 total_rials, token, leg_at, args, household_id, twice, ord)
      left join households h on h.household_id = u.household_id
      left join terminals term on term.terminal_id = u.terminal_id
      left join merchants m on m.merchant_id = term.merchant_id
      left join lateral (
        -- nearly every name is of these days; find_older looks further
        select r.transaction_id, r.household_id, r.business_day, r.content_hash from requests r
         where u.op <> 'complete' and r.merchant_id = u.merchant_id and r.terminal_id = u.terminal_id and r.stan = u.stan
           and r.local_time = u.local_time and r.local_date = u.local_date
           and r.family = family_of(u.op) and r.business_day between c.first_day and c.day
         limit 1) known on true
      left join lateral (
        select array_agg(b.bucket_id) as bucket_ids, array_agg(b.open_rials) as open_rials,
               min(b.programme_id) as programme_id, max(b.programme_id) as last_programme
          from (select bucket_id, programme_id, amount_rials - spent_rials - held_rials - expired_rials as open_rials
                  from buckets
                 where u.op in ('purchase-card', 'purchase-cash', 'quote') and household_id = u.household_id
                   and valid_from <= u.today and valid_to >= u.today
                   and amount_rials > spent_rials + held_rials + expired_rials
                 order by valid_to, programme_id, period) b) credit on true
     order by u.ord
  loop
    if (c.strays or e.local_date <> all (c.near)) and e.known_id is null and e.op <> 'complete' and e.refusal is distinct from 'again' then
      e := find_older(e, c);
    end if;
    if e.refusal is null then
      v := case e.op
        when 'purchase-card' then decide_purchase(e, c, true)
        when 'purchase-cash' then decide_purchase(e, c, false)
        when 'complete' then decide_complete(e, c)
        when 'quote' then decide_quote(e, c)
        when 'reverse' then decide_reverse(e, c)
        when 'release' then decide_release(e, c)
        when 'return' then decide_return(e, c)
        when 'forward' then decide_forward(e, c)
        when 'advise' then decide_advise(e, c)
      end;
    elsif e.refusal = 'again' then
      v := one_word(e.ord, 'again');
    else
      v := refuse(e, c, case e.op when 'purchase-card' then 'purchase' when 'purchase-cash' then 'purchase' else e.op end);
    end if;
    decided := decided || v;
  end loop;

  insert into requests
  select merchant_id, terminal_id, stan, local_time, local_date, family_of(op),
         business_day, transmission, content_hash, household_id, transaction_id
    from rows from (unnest(ops), unnest(merchants), unnest(terminals), unnest(stans), unnest(times), unnest(dates),
                    unnest(transmissions), unnest(hashes), unnest(decided))
         as u (op, merchant_id, terminal_id, stan, local_time, local_date, transmission, content_hash)
   where row_kind is not null;

  if exists (select 1 from unnest(dates) as u (local_date) where local_date <> all (c.near) and local_date <> '') then
    insert into stray_requests
    select terminal_id, stan, local_time, local_day_of(local_date, today), family_of(op), merchant_id, business_day, content_hash, household_id,
           transaction_id
      from rows from (unnest(ops), unnest(merchants), unnest(terminals), unnest(stans), unnest(times), unnest(dates), unnest(todays),
                      unnest(hashes), unnest(decided))
           as u (op, merchant_id, terminal_id, stan, local_time, local_date, today, content_hash)
     where row_kind is not null and local_date <> all (c.near) and local_day_of(local_date, today) is not null
    on conflict do nothing;
  end if;

  insert into transactions (
    household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date, merchant_id, masked, at,
    rc, reason, rrn, auth_code, total_rials, voucher_rials, card_rials, cash_rials, fee_rials, left_rials, verdicts, quote_ref,
    token, fault, pass_through, bucket_ids, take_rials, quantities, bank, leg_stan, leg_at, original_id, original_day, confirm_by, short_rials)
  select household_id, transaction_id, business_day, row_kind, state, terminal_id, stan, local_time, local_date,
         coalesce(posted_to, merchant_id), masked, at, case state when 'held' then null else rc end, reason, rrn, auth_code, total_rials, voucher_rials, card_rials, cash_rials, fee_rials,
         left_rials, u.verdicts, quote_ref, token, fault, pass_through, coalesce(bucket_ids, '{}'), coalesce(take_rials, '{}'),
         quantities, bank, case when leg_at is not null then leg_stan_of(transaction_id) end, leg_at, original_id, original_day, confirm_by,
         short_rials
    from rows from (unnest(merchants), unnest(terminals), unnest(stans), unnest(times), unnest(dates), unnest(instants),
                    unnest(leg_ats), unnest(decided))
         as u (merchant_id, terminal_id, stan, local_time, local_date, at, leg_at)
   where row_kind is not null;

  update buckets b set held_rials = held_rials + d.held * t.rials, spent_rials = spent_rials + d.spent * t.rials,
         swept = swept and d.spent >= 0
    from unnest(decided) d cross join lateral unnest(d.bucket_ids, d.take_rials) as t (id, rials)
   where d.held is not null and b.household_id = d.household_id and b.bucket_id = t.id;

  insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id, household_voucher,
                        merchant_payable, card_clearing, merchant_card, fees, cash_note, merchant_cash)
  select u.household_id, transaction_id, coalesce(t.n, 1), c.day, at, post_kind,
         posted_to, t.id,
         -post_sign * coalesce(t.rials, 0), post_sign * coalesce(t.rials, 0),
         case when coalesce(t.n, 1) = 1 then -post_sign * card_rials else 0 end,
         case when coalesce(t.n, 1) = 1 then post_sign * (card_rials - fee_rials) else 0 end,
         case when coalesce(t.n, 1) = 1 then post_sign * fee_rials else 0 end,
         case when coalesce(t.n, 1) = 1 then -post_sign * cash_rials else 0 end,
         case when coalesce(t.n, 1) = 1 then post_sign * cash_rials else 0 end
    from rows from (unnest(instants), unnest(decided)) as u (at)
    left join lateral unnest(u.bucket_ids, u.take_rials) with ordinality as t (id, rials, n) on true
   where post_kind is not null and (t.id is not null or card_rials + cash_rials > 0);

  if exists (select 1 from credit_shortages) then
    decided := after_recovery(decided, todays, c.day, instants);
  end if;

  return query select * from unnest(decided);
end $$;
