-- The one way into the ledger: a micro-batch, decided in one transaction, each entry with its own verdict (decision 4).
-- The names of the requests are locked in order, then their households in order: no two batches can wait for each
-- other in a circle, and what an entry reads nobody else changes until the commit. Advisory locks write nothing.
-- A household has one entry a batch (a second one's verdict is `again`), so that nothing an entry reads depends on what
-- another writes: the loop only computes, and what it decided is written by one statement a table.
-- Every statement costs its start, whatever it finds: a batch of one is mostly that. Hence few of them, and none that a batch does
-- not need (docs/ledger.md).
create function decide_batch(entries ledger_request[]) returns setof ledger_verdict language plpgsql
set search_path from current
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  r ledger_request;
  e ledger_entry;
  c ledger_context;
  v ledger_verdict;
  decided ledger_verdict[] := '{}';
  names int[] := '{}';
  holders text[];
  holder text;
  households int[] := '{}';
  twice boolean[]; -- null: none is
  dates text[] := '{}';
  strays boolean := false;
  rationed boolean := false;
  listed boolean := false;
  asked ledger_entry[] := '{}';
  found record;
  shared record;
  p ledger_policy;
  first_days date[];
  last_days date[];
  due date[];
  next_due date[];
begin
  if pg_advisory_xact_lock_shared(8583, 3) is null then null; end if; -- closing a business day waits for this
  foreach r in array entries loop
    if r.terminal_id <> '' then names := names || hashtext(r.terminal_id || '|' || coalesce(r.args ->> 'stan', r.stan)); end if;
    dates := dates || r.local_date;
    listed := listed or r.args ? 'basket';
  end loop;
  perform lock_in_order(1, names);

  select array_agg(coalesce(case when u.op = 'return' then buyer_of(u.pan_hash, u.args ->> 'rrn', u.masked) end, card.household_id, case o.about
                     when 'transaction' then u.args ->> 'household'
                     when 'original' then (request_of(u.merchant_id, u.terminal_id, u.args, u.total_rials, u.today)).household_id
                   end, '') order by u.ord) into holders
    from unnest(entries) with ordinality as u (op, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash,
                                               pan_hash, masked, at, today, total_rials, token, leg_at, args, ord)
    join operations() o on o.op = u.op
    left join cards card on card.pan_hash = u.pan_hash;
  foreach holder in array holders loop
    if holder <> '' then households := households || hashtext(holder); end if;
  end loop;
  if lock_in_order(2, households) < cardinality(households) then
    select array_agg(h <> '' and n > 1 order by ord) into twice
      from (select h, ord, row_number() over (partition by h order by ord) as n from unnest(holders) with ordinality as u (h, ord)) x;
  end if;

  shared := context_of(r.at, r.today, dates);
  c := shared.c;
  p := shared.p;
  -- out of their compressed form once, not for every bucket
  first_days := p.first_days;
  last_days := p.last_days;
  due := p.due;
  next_due := p.next_due;
  if c.shortages then
    -- what came back since by itself (a quote that ended) is not there to spend
    for i in 1 .. cardinality(entries) loop
      continue when holders[i] = '';
      if c.since is not null then perform revive_credit(holders[i], entries[i].today, c.day, entries[i].at, windows_at(entries[i].at), c.since); end if;
      perform recover_credit(holders[i], entries[i].today, c.day, entries[i].at, windows_at(entries[i].at));
    end loop;
  end if;

  for e in
    select u.ord, u.op, u.terminal_id, u.stan, u.local_time, u.local_date, u.merchant_id, u.content_hash, u.masked, u.at, u.today,
           u.total_rials, u.token, u.leg_at, u.args, nextval('transaction_ids'),
           o.kept_as, o.family, o.refusable,
           u.household_id, h.status, h.members, m.guild, u.at >= m.card_from and u.at < m.card_until,
           case
             when u.twice then 'again'
             when known.transaction_id is not null then 'known'
             when not o.refusable then null
             when u.args ? 'stale' then '30 clock.wrong'
             when exists (select 1 from tombstones k where k.terminal_id = u.terminal_id and k.stan = u.stan
                             and (k.transmission = u.transmission or made_before(u.local_date, u.local_time, k.transmission)
                                  or k.local_time = u.local_time and k.local_date = u.local_date))
               then '12 reversed.before'
             when term.merchant_id is distinct from u.merchant_id then '03 merchant.mismatch'
             -- what a shop may do stands in its row as instants: nothing is looked up for it (migrations/0680_capabilities.sql)
             when not case o.needs
                        when 'voucher' then u.at >= m.voucher_from and u.at < m.voucher_until
                        when 'card' then u.at >= m.card_from and u.at < m.card_until
                        else u.at >= m.refund_from and u.at < m.refund_until end
               then case when m.status <> 'approved' then '03 merchant.' || m.status else '58 merchant.no-' || o.needs end
             when term.status <> 'active' then '58 terminal.' || term.status
             when term.blocked then '58 terminal.blocked'
             when u.args ? 'outdated' then '58 terminal.outdated'
             -- what gives credit back, and what is the bank's alone, is not kept from a household that may not spend
             -- the mirror of an authority's card is blocked to all that the authority has not said (authority.sql)
             when o.spends and h.status <> 'active' and not coalesce(u.args ? 'authority', false) then '57 household.' || h.status
           end,
           known.transaction_id, known.household_id, known.business_day, known.content_hash,
           credit.bucket_ids, credit.open_rials, credit.programme_id, credit.last_programme, credit.first_end,
           case when o.spends then nullif(least(credit.next_from,
             case when coalesce(credit.granted, 0) & 1 = 0 then greatest(due[h.cohort + 1], case when due is not null then u.today end) end,
             case when coalesce(credit.granted, 0) & 2 = 0 then next_due[h.cohort + 1] end), 'infinity') end,
           credit.lapsed, null
      from rows from (unnest(entries), unnest(holders), unnest(twice)) with ordinality
           as u (op, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash, pan_hash, masked, at, today,
                 total_rials, token, leg_at, args, household_id, twice, ord)
      join operations() o on o.op = u.op
      left join lateral (select status, members, coalesce(decile, 0) * 11 + coalesce(head_last_digit + 1, 0) as cohort from households
                          where household_id = u.household_id) h on true
      left join terminals term on term.terminal_id = u.terminal_id
      left join merchants m on m.merchant_id = term.merchant_id
      left join lateral (
        -- nearly every name is of these days; find_older looks further
        select kept.transaction_id, kept.household_id, kept.business_day, kept.content_hash from requests kept
         where kept.merchant_id = u.merchant_id and kept.terminal_id = u.terminal_id and kept.stan = u.stan
           and kept.local_time = u.local_time and kept.local_date = u.local_date
           and kept.family = o.family and kept.business_day between c.first_day and c.day
         limit 1) known on true
      left join lateral (
        select array_agg(b.bucket_id) filter (where b.good) as bucket_ids, array_agg(b.open_rials) filter (where b.good) as open_rials,
               min(b.programme_id) filter (where b.good) as programme_id, max(b.programme_id) filter (where b.good) as last_programme,
               min(b.to_day) filter (where b.good) as first_end,
               c.since is not null and bool_or(b.good and b.expired_rials > 0 and b.period >= c.since) as lapsed,
               min(b.from_day) filter (where b.from_day > u.today and b.open_rials > 0) as next_from,
               -- 1: this month of the calendar is granted, 2: the next
               bit_or(case when b.period >= p.due_period and b.programme_id = p.due_programme then
                 case b.period when p.due_period then 1 when p.next_period then 2 end end) as granted
          from (select *, from_day <= u.today and to_day >= u.today and (open_rials > 0 or expired_rials > 0 and period >= c.since) as good from (
                  select *, case when place is null then valid_from else coalesce(first_days[place], valid_from) end as from_day,
                         case when place is null then valid_to else coalesce(last_days[place], valid_to) end as to_day
                    from (select bucket_id, programme_id, period, amount_rials - spent_rials - held_rials - expired_rials as open_rials,
                                 expired_rials, valid_from, valid_to,
                                 -- by how the days stand in 0815_window_days.sql
                                 case when p.moved is not null then 121 * array_position(p.moved, programme_id || ' ' || period) - 120 + h.cohort end as place
                            from buckets
                           where o.spends and household_id = u.household_id
                             and (amount_rials > spent_rials + held_rials + expired_rials or expired_rials > 0 and period >= c.since
                                  or period >= p.due_period)
                          offset 0) granted) w -- offset: the place is found once, and not for each side
                 order by to_day, case when c.orders is null then 0 else coalesce((c.orders ->> programme_id)::int, 100) end,
                          programme_id, period) b) credit on true
     order by u.ord
  loop
    if e.family is not null and (c.strays or e.local_date <> all (c.near)) then
      strays := strays or e.local_date <> all (c.near);
      if e.known_id is null and e.refusal is distinct from 'again' then e := find_older(e, c); end if;
    end if;
    if e.refusal is null then
      if c.since is not null and (e.lapsed or e.op in ('return', 'release', 'reverse', 'advise')) then
        perform revive_credit(e.household_id, e.today, c.day, e.at, windows_at(e.at), c.since);
        if e.lapsed then e := read_credit(e, c); end if;
      end if;
      if p.many_dues and e.op in ('purchase-card', 'purchase-cash', 'quote') then
        e.next_charge := next_charge_of(e.household_id, e.today, windows_at(e.at));
      end if;
      if listed and e.args ? 'basket' and not e.args ?| '{quoteRef,authority}' then
        asked := asked || e;
        decided := decided || null::ledger_verdict;
        continue;
      end if;
      v := case e.op
        when 'purchase-cash' then decide_purchase(e, c, false)
        when 'purchase-card' then decide_purchase(e, c, true)
        when 'complete' then decide_complete(e, c)
        when 'quote' then decide_quote(e, c)
        when 'release' then decide_release(e, c)
        when 'return' then decide_return(e, c)
        when 'forward' then decide_forward(e, c)
        when 'reverse' then decide_reverse(e, c)
        when 'advise' then decide_advise(e, c)
      end;
      if v.short_rials > 0 then c.shortages := true; end if;
      rationed := rationed or v.quantities is not null;
    elsif e.refusal = 'again' then
      v := one_word(e.ord, 'again');
    elsif e.refusal = '57 household.expired' and exists (
            select from cards where pan_hash = entries[e.ord].pan_hash and household_id <> e.household_id) then
      v := one_word(e.ord, 'again'); -- the card went to another household since the households were locked
    else
      v := refuse(e, c);
    end if;
    decided := decided || v;
  end loop;
  -- What is known of all goods of the batch is one statement. No two of its entries are of one household: their order says nothing.
  if cardinality(asked) > 0 then
    for found in
      select a as entry, array(select l from lines_of(a.args -> 'basket', a.household_id, a.members, a.guild, a.today, b.programme_id, b.period,
                                                      c.baskets -> b.programme_id) l) as lines
        from unnest(asked) a
        left join lateral (select programme_id, period from buckets where household_id = a.household_id and bucket_id = a.bucket_ids[1] offset 0) b on true
    loop
      e := found.entry;
      e.lines := found.lines;
      v := case e.op when 'quote' then decide_quote(e, c) else decide_purchase(e, c, e.op = 'purchase-card') end;
      rationed := rationed or v.quantities is not null;
      decided[e.ord] := v;
    end loop;
  end if;
  assert cardinality(decided) = cardinality(entries), 'each entry has one verdict: an operation is missing in operations()';

  insert into requests
  select u.merchant_id, u.terminal_id, u.stan, u.local_time, u.local_date, o.family, business_day, u.transmission, u.content_hash,
         household_id, transaction_id
    from rows from (unnest(entries), unnest(decided))
         as u (op, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash,
               pan_hash, hidden, at, today, total, bought, leg_at, args)
    join operations() o on o.op = u.op
   where row_kind is not null;

  if strays then
    insert into stray_requests
    select terminal_id, stan, local_time, local_day_of(local_date, today), o.family, merchant_id, business_day, content_hash, household_id,
           transaction_id
      from rows from (unnest(entries), unnest(decided))
           as u (op, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash,
                 pan_hash, hidden, at, today, total, bought, leg_at, args)
      join operations() o on o.op = u.op
     where row_kind is not null and local_date <> all (c.near) and local_day_of(local_date, today) is not null
    on conflict do nothing;
  end if;

  insert into transactions (
    household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date, merchant_id, masked, at,
    rc, reason, rrn, auth_code, total_rials, voucher_rials, card_rials, cash_rials, fee_rials, left_rials, verdicts, quote_ref,
    token, fault, pass_through, bucket_ids, take_rials, quantities, bank, leg_stan, leg_at, original_id, original_day, confirm_by, short_rials,
    credit_ends, next_charge, about, lines)
  select household_id, transaction_id, business_day, row_kind, state, terminal_id, stan, local_time, local_date,
         coalesce(posted_to, merchant_id), masked, at, case state when 'held' then null else rc end, reason, rrn, auth_code, total_rials,
         voucher_rials, card_rials, cash_rials, fee_rials, left_rials, u.verdicts, quote_ref, token, fault, pass_through,
         coalesce(bucket_ids, '{}'), coalesce(take_rials, '{}'), quantities, bank,
         case when leg_at is not null then leg_stan_of(transaction_id) end, leg_at, original_id, original_day, confirm_by, short_rials,
         credit_ends, next_charge, u.about, u.lines
    from rows from (unnest(entries), unnest(decided))
         as u (op, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash,
               pan_hash, hidden, at, today, total, bought, leg_at, args)
   where row_kind is not null;

  update buckets b set held_rials = held_rials + m.held * t.rials, spent_rials = spent_rials + m.spent * t.rials,
         swept = swept and m.spent >= 0
    from unnest(decided) d join movements() m on m.movement = d.movement
   cross join lateral unnest(d.bucket_ids, d.take_rials) as t (id, rials)
   where b.household_id = d.household_id and b.bucket_id = t.id;

  -- rations of purchases; those of quotes are taken by themselves (quote.sql)
  if rationed then
    insert into entitlement_uses as u (household_id, programme_id, category, period, quantity)
    select d.household_id, d.quantities ->> 'programme', k.key, d.quantities ->> 'period', k.value::bigint
      from unnest(decided) d cross join lateral jsonb_each_text(d.quantities -> 'used') k
    on conflict (household_id, programme_id, category, period) do update set quantity = u.quantity + excluded.quantity;
  end if;

  insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id, household_voucher,
                        merchant_payable, card_clearing, merchant_card, fees, cash_note, merchant_cash)
  select d.household_id, d.transaction_id, coalesce(t.n, 1), c.day, entries[d.ord].at, m.posted_as, d.posted_to, t.id,
         -m.sign * coalesce(t.rials, 0), m.sign * coalesce(t.rials, 0),
         -m.sign * first.card, m.sign * (first.card - first.fee), m.sign * first.fee, -m.sign * first.cash, m.sign * first.cash
    from unnest(decided) d join movements() m on m.movement = d.movement and m.posted_as is not null
    left join lateral unnest(d.bucket_ids, d.take_rials) with ordinality as t (id, rials, n) on true
   cross join lateral (
     select case when coalesce(t.n, 1) = 1 then d.card_rials else 0 end as card,
            case when coalesce(t.n, 1) = 1 then d.fee_rials else 0 end as fee,
            case when coalesce(t.n, 1) = 1 then d.cash_rials else 0 end as cash) first
   where t.id is not null or d.card_rials + d.cash_rials > 0;

  if c.shortages then decided := after_recovery(decided, entries, c); end if;

  return query select * from unnest(decided);
end $$;

-- Locks in the order of their keys, each once.
-- Returns how many there are: fewer than keys where two are of one name.
create function lock_in_order(space int, keys int[]) returns int language plpgsql as $$
declare
  locked int := cardinality(keys);
begin
  if locked = 1 then
    if pg_advisory_xact_lock(space, keys[1]) is null then null; end if;
  elsif locked > 1 then
    perform pg_advisory_xact_lock(space, k) from (select distinct k from unnest(keys) k order by 1) u;
    get diagnostics locked = row_count;
  end if;
  return locked;
end $$;
