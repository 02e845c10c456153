-- Credit that a reversed return should have taken again, and that the household had spent meanwhile. The shop has nothing of it;
-- who owes it is asked by a person (breaks, class CREDIT_SHORT), unless the credit comes back first.

create function raise_shortage(o transactions, v ledger_verdict) returns void language plpgsql as $$
declare
  b bigint;
begin
  insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, household_id, source,
                      owner, raised_at)
  values ('CREDIT_SHORT', '', v.business_day, v.business_day, o.merchant_id, o.terminal_id, o.rrn, v.short_rials,
          'a return was reversed, and its credit is spent: the shop has nothing for it', o.household_id,
          'short ' || o.household_id || '/' || v.transaction_id, 'settlement desk', now())
  returning break_id into b;
  insert into credit_shortages values (
    o.household_id, v.transaction_id, v.business_day, o.transaction_id, o.business_day, v.short_rials, b);
end $$;

-- A shortage, and the break about it, is this much less. A proposal about another amount falls.
create function shorten(s credit_shortages, part bigint, why text) returns void language plpgsql as $$
declare
  b breaks;
begin
  if part = s.rials then
    delete from credit_shortages where household_id = s.household_id and reversal_id = s.reversal_id;
  else
    update credit_shortages set rials = rials - part where household_id = s.household_id and reversal_id = s.reversal_id;
  end if;
  select * into b from breaks where break_id = s.break_id for update;
  if b.state = 'resolved' then
    if b.post = 'credit' then
      insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, household_id,
                          source, owner, raised_at)
      values ('CREDIT_SHORT', '', b.settlement_date, b.business_day, b.merchant_id, b.terminal_id, b.rrn, least(part, b.post_rials),
              'the desk credited the shop (break ' || b.break_id || '), and the purchase was taken back since', s.household_id,
              'short ' || s.household_id || '/' || s.reversal_id || ' after ' || s.rials, coalesce(b.owner, 'settlement desk'), now());
    end if;
    return;
  end if;
  update breaks
     set rials = rials - part,
         state = case when part = s.rials then 'proposed' else 'open' end,
         post = case when part = s.rials then 'none' end, post_rials = case when part = s.rials then 0 end,
         reason = case when part = s.rials then why end, proposed_by = case when part = s.rials then 'ledger' end
   where break_id = s.break_id;
  insert into break_events (break_id, actor, event, detail)
  values (s.break_id, 'ledger', case when part = s.rials then 'proposed' else 'comment' end, part || ' rials less: ' || why);
end $$;

-- What of this amount a purchase never had of its household: it needs no giving back. `preview`: only asks.
create function end_shortages(t transactions, amount bigint, at bigint, preview boolean) returns bigint language plpgsql as $$
declare
  s credit_shortages;
  done bigint := 0;
  part bigint;
begin
  for s in select * from credit_shortages where household_id = t.household_id and purchase_id = t.transaction_id
            order by reversal_id desc loop
    part := least(s.rials, amount - done);
    continue when part <= 0;
    done := done + part;
    if not preview then perform shorten(s, part, 'the purchase was taken back'); end if;
  end loop;
  return done;
end $$;

-- Credit that came back to a household goes to its shortages first, the oldest first: as if it had never been spent twice.
-- Returns the rials that went.
create function recover_credit(household text, today date, day date, at bigint, windows jsonb) returns bigint language plpgsql as $$
declare
  s credit_shortages;
  o transactions;
  m record;
  moved bigint;
  done bigint := 0;
begin
  for s in select cs.* from credit_shortages cs join breaks b using (break_id)
            where cs.household_id = household and b.state <> 'resolved' order by cs.reversal_id loop
    select * into o from transactions
     where household_id = household and transaction_id = s.purchase_id and business_day = s.purchase_day;
    m := take_again(o, s.rials, today, day, at, windows);
    moved := s.rials - m.unfunded;
    continue when moved = 0;
    done := done + moved;
    perform save_facts(m.t);
    perform move_credit(household, m.ids, m.rials, 0, 1);
    insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id, household_voucher, merchant_payable)
    select household, s.reversal_id, n + (select coalesce(max(line), 0) from postings
                                           where household_id = household and transaction_id = s.reversal_id),
           day, at, 'reversal', o.merchant_id, u.id, -u.rials, u.rials
      from unnest(m.ids, m.rials) with ordinality as u (id, rials, n);
    update transactions set short_rials = nullif(short_rials - moved, 0)
     where household_id = household and transaction_id = s.reversal_id and business_day = s.reversal_day;
    perform shorten(s, moved, 'the credit came back');
  end loop;
  return done;
end $$;

-- After a batch: what came back to a household with a shortage is not left to spend, and no answer says so.
create function after_recovery(decided ledger_verdict[], entries ledger_request[], c ledger_context) returns ledger_verdict[]
language plpgsql as $$
declare
  household text;
begin
  for i in 1 .. cardinality(decided) loop
    household := decided[i].household_id;
    continue when coalesce(household, '') = '' or recover_credit(household, entries[i].today, c.day, entries[i].at, windows_at(entries[i].at)) = 0;
    decided[i].left_rials := credit_left(household, entries[i].today, windows_at(entries[i].at));
    update transactions set left_rials = decided[i].left_rials
     where household_id = household and transaction_id = decided[i].transaction_id
       and business_day = decided[i].business_day;
  end loop;
  return decided;
end $$;
