-- The one way into the ledger: a micro-batch, decided in one transaction, each entry with its own verdict (design.md).
-- The names of the requests are locked in order, then their households in order: no two batches can wait for each
-- other in a circle, and what an entry reads nobody else changes until the commit. Advisory locks write nothing.
create function decide_batch(
  ops text[], terminals text[], stans text[], times text[], dates text[], transmissions text[], merchants text[],
  hashes bytea[], pans bytea[], masks text[], instants bigint[], todays date[], totals bigint[], tokens text[],
  leg_stans text[], leg_ats text[], argss jsonb[])
returns setof ledger_verdict language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  e ledger_entry;
  c ledger_context;
  holders text[];
begin
  perform pg_advisory_xact_lock(1, n.lock)
     from (select distinct hashtext(u.terminal || '|' || coalesce(u.args ->> 'stan', u.stan)) as lock
             from unnest(ops, terminals, stans, argss) as u (op, terminal, stan, args)
            where u.op <> 'complete' order by 1) n;

  select array_agg(coalesce(card.household_id, case u.op when 'complete' then u.args ->> 'household' else original.household_id end, '')
                   order by u.ord) into holders
    from unnest(ops, terminals, pans, argss) with ordinality as u (op, terminal, pan, args, ord)
    left join cards card on card.pan_hash = u.pan
    left join lateral (
      select t.household_id from transactions t where u.op in ('reverse', 'advise') and t.terminal_id = u.terminal
         and t.stan = u.args ->> 'stan' and t.family = '02' and t.transmission = u.args ->> 'transmission'
       order by t.transaction_id desc limit 1) original on true;

  perform pg_advisory_xact_lock(2, n.lock)
     from (select distinct hashtext(h) as lock from unnest(holders) as h where h <> '' order by 1) n;

  c := context_of(instants[cardinality(instants)], todays[cardinality(todays)]);

  for e in
    select u.ord, u.op, u.terminal_id, u.stan, u.local_time, u.local_date, u.transmission, u.merchant_id, u.content_hash,
           u.masked, u.at, u.today, u.total_rials, u.token, u.leg_stan, u.leg_at, u.args,
           u.household_id, h.status, h.members,
           term.merchant_id, term.status, m.status, m.guild, tomb.stan is not null,
           known.transaction_id, known.household_id, known.business_day, known.content_hash
      from unnest(ops, terminals, stans, times, dates, transmissions, merchants, hashes, masks, instants, todays, totals,
                  tokens, leg_stans, leg_ats, argss, holders) with ordinality
           as u (op, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash, masked, at, today,
                 total_rials, token, leg_stan, leg_at, args, household_id, ord)
      left join households h on h.household_id = u.household_id
      left join terminals term on term.terminal_id = u.terminal_id
      left join merchants m on m.merchant_id = term.merchant_id
      left join tombstones tomb on tomb.terminal_id = u.terminal_id and tomb.stan = u.stan and tomb.transmission = u.transmission
      left join lateral (
        -- DE 13 has no year: a name is looked for in the last days only
        select t.transaction_id, t.household_id, t.business_day, t.content_hash from transactions t
         where u.op <> 'complete' and t.terminal_id = u.terminal_id and t.stan = u.stan and t.local_time = u.local_time
           and t.local_date = u.local_date and t.family = case u.op when 'reverse' then '04' else '02' end
           and t.business_day >= c.day - 7
         limit 1) known on true
     order by u.ord
  loop
    return next case e.op
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
  end loop;
end $$;
