-- Fees of purchases as dated tables (docs/decisions/0089): by bands of an amount, with guilds that are exempt, whom it is for and which
-- account of theirs. They come by a proposal that two persons made of the rules of settlement, and are part of the fee of a shop's net.
create table fee_tables (
  fee        text   not null check (fee ~ '^[a-z][a-z0-9-]{1,39}$'),
  valid_from date   not null,
  base       text   not null check (base in ('card', 'voucher', 'total')),
  bands      jsonb  not null check (jsonb_typeof(bands) = 'array'), -- [{below, rials, perMillion, most}], rising; empty: no fee any more
  exempt     text[] not null,                                       -- guilds
  payee      text   not null check (length(payee) between 2 and 80),
  account    text   not null check (length(account) between 2 and 80),
  primary key (fee, valid_from)
);

-- The fee of one purchase: that of the first band that its amount is below, rounded down to a rial, never more than the amount.
create function fee_of(bands jsonb, amount bigint) returns bigint language sql immutable as $$
  select coalesce((
    select greatest(0, least(amount, coalesce((b ->> 'most')::bigint, amount),
             coalesce((b ->> 'rials')::bigint, 0) + div(amount::numeric * coalesce((b ->> 'perMillion')::bigint, 0), 1000000)::bigint))
      from jsonb_array_elements(bands) with ordinality as x (b, n)
     where b ->> 'below' is null or amount < (b ->> 'below')::bigint order by n limit 1), 0)
$$;

-- The guild of a shop for fees: another one counts from the business day after the change, so that what was netted stays as it was.
create table merchant_guilds (
  merchant_id text not null,
  valid_from  date not null,
  guild       text not null,
  primary key (merchant_id, valid_from)
);
create function note_guild() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into merchant_guilds values (new.merchant_id, '-infinity', old.guild) on conflict do nothing;
  insert into merchant_guilds
  values (new.merchant_id, coalesce((select max(business_day) from business_days), database_today()) + 1, new.guild)
  on conflict (merchant_id, valid_from) do update set guild = excluded.guild;
  return null;
end $$;
revoke execute on function note_guild() from public;
create trigger note_guild after update of guild on merchants for each row when (old.guild is distinct from new.guild)
  execute function note_guild();

create function guild_on(merchant text, day date) returns text language sql stable as $$
  select coalesce((select guild from merchant_guilds where merchant_id = merchant and valid_from <= day order by valid_from desc limit 1),
                  (select guild from merchants where merchant_id = merchant))
$$;

create function fee_tables_on(day date) returns setof fee_tables language sql stable as $$
  select * from (select distinct on (fee) * from fee_tables where valid_from <= day order by fee, valid_from desc) f
   where bands <> '[]'
$$;

-- Voucher, card and total of a purchase as it was posted.
create function fee_base(base text, voucher numeric, card numeric, cash numeric) returns bigint language sql immutable as $$
  select (case base when 'voucher' then voucher when 'card' then card else voucher + card + cash end)::bigint
$$;

-- The purchases that a day's reversals undid: those after which nothing of them was left, each once for ever (as purchases_undone).
create function reversals_undoing(day date) returns table (merchant_id text, household_id text, transaction_id bigint, began date)
language sql stable as $$
  select p.merchant_id, o.household_id, o.transaction_id, o.business_day
    from postings p
    join transactions r on r.household_id = p.household_id and r.transaction_id = p.transaction_id and r.business_day = p.business_day
     and r.kind = 'reversal'
    join transactions o on o.household_id = r.household_id and o.transaction_id = r.original_id and o.business_day = r.original_day
     and o.kind = 'purchase'
   cross join lateral (
     select min(e.id) filter (where e.reverses and e.left_rials = 0) as undone_by
       from (select e.id, e.reverses, o.total_rials - sum(e.rials) over (order by e.id) as left_rials
               from (select x.transaction_id as id, x.kind = 'reversal' as reverses, x.total_rials as rials
                       from transactions x
                      where x.household_id = o.household_id and x.original_id = o.transaction_id and x.original_day = o.business_day
                        and x.kind in ('return', 'reversal') and x.state in ('approved', 'reversed')
                        and x.business_day between o.business_day and day
                     union all
                     select y.transaction_id, false, -y.total_rials
                       from transactions x
                       join transactions y on y.household_id = x.household_id and y.original_id = x.transaction_id
                        and y.original_day = x.business_day and y.kind = 'reversal' and y.business_day between o.business_day and day
                      where x.household_id = o.household_id and x.original_id = o.transaction_id and x.original_day = o.business_day
                        and x.kind = 'return' and x.business_day between o.business_day and day) e) e) u
   where p.business_day = day and p.kind = 'reversal' and p.line = 1 and p.merchant_id is not null
     and u.undone_by = r.transaction_id
$$;

-- What shops owe by these tables for a business day: of each purchase that was posted on it, less those of purchases that the day's
-- reversals undid, each by the tables and the guild of the day on which it was posted. Returns change no fee (decision 19).
create function fee_lines(day date, shard int, shards int)
returns table (merchant_id text, fee text, payee text, account text, purchases bigint, fee_rials numeric) language plpgsql stable as $$
#variable_conflict use_column
begin
  if not exists (select 1 from fee_tables f where f.valid_from <= day) then return; end if;
  return query
  with bought as (
    select p.merchant_id, p.household_id, p.transaction_id, day as posted_on, 1 as sign, sum(p.merchant_payable) as voucher,
           sum(p.merchant_card + p.fees) as card, sum(p.merchant_cash) as cash
      from postings p
     where p.business_day = day and p.kind = 'purchase' and p.merchant_id is not null
       and (shards = 1 or mod(abs(hashtext(p.merchant_id)::bigint), shards) = shard)
     group by 1, 2, 3
  ), undone as (
    select r.merchant_id, x.household_id, x.transaction_id, min(x.business_day) as posted_on, -1 as sign, sum(x.merchant_payable) as voucher,
           sum(x.merchant_card + x.fees) as card, sum(x.merchant_cash) as cash
      from reversals_undoing(day) r
      join postings x on x.household_id = r.household_id and x.transaction_id = r.transaction_id and x.kind = 'purchase'
                     and x.business_day between r.began and r.began + 3
     where shards = 1 or mod(abs(hashtext(r.merchant_id)::bigint), shards) = shard
     group by 1, 2, 3
  )
  select a.merchant_id, f.fee, f.payee, f.account, sum(a.sign)::bigint, sum(a.sign * fee_of(f.bands, fee_base(f.base, a.voucher, a.card, a.cash)))
    from (select * from bought union all select * from undone) a
   cross join lateral fee_tables_on(a.posted_on) f
   where guild_on(a.merchant_id, a.posted_on) <> all (f.exempt)
   group by 1, 2, 3, 4;
end $$;

-- Each shop's day as before (0611), with what these tables say of its fee.
create or replace function settlement_day(day date, shard int, shards int)
returns table (merchant_id text, purchases bigint, purchase_rials numeric, returns bigint, return_rials numeric, reversals bigint,
               reversal_rials numeric, fee_rials numeric, postings bigint, digest numeric) language sql stable as $$
  select m.merchant_id, m.purchases,
         m.purchase_voucher + case when t.settle_card_part then m.purchase_card else 0 end,
         m.returns, m.return_voucher + case when t.settle_card_part then m.return_card else 0 end + coalesce(d.return_rials, 0),
         m.reversals, m.reversal_voucher + case when t.settle_card_part then m.reversal_card else 0 end + coalesce(d.reversal_rials, 0),
         m.purchases * t.fee_fixed_rials - coalesce(u.fee_rials, 0)
           + div((m.purchase_voucher - m.reversal_voucher) * t.fee_basis_points - coalesce(d.basis_points, 0), 10000)
           + coalesce(f.fee_rials, 0),
         m.postings, m.digest
    from (select s.merchant_id,
                 count(*) filter (where s.what = 'purchase' and s.line = 1) as purchases,
                 coalesce(sum(s.merchant_payable) filter (where s.what = 'purchase'), 0) as purchase_voucher,
                 coalesce(sum(s.merchant_card) filter (where s.what = 'purchase'), 0) as purchase_card,
                 count(*) filter (where s.what = 'return' and s.line = 1) as returns,
                 -coalesce(sum(s.merchant_payable) filter (where s.what in ('return', 'return-reversal')), 0) as return_voucher,
                 -coalesce(sum(s.merchant_card) filter (where s.what in ('return', 'return-reversal')), 0) as return_card,
                 count(*) filter (where s.what = 'reversal' and s.line = 1) as reversals,
                 -coalesce(sum(s.merchant_payable) filter (where s.what = 'reversal'), 0) as reversal_voucher,
                 -coalesce(sum(s.merchant_card) filter (where s.what = 'reversal'), 0) as reversal_card,
                 count(*) as postings, sum(s.hash) as digest
            from (select p.merchant_id, p.line, p.merchant_payable, p.merchant_card, posting_hash(p) as hash,
                         case when p.merchant_payable = 0 and p.merchant_card = 0 then null
                              when p.merchant_payable + p.merchant_card < 0 then case p.kind when 'return' then p.kind else 'reversal' end
                              else case p.kind when 'purchase' then p.kind else 'return-reversal' end end as what
                    from postings p
                   where p.business_day = day and p.merchant_id is not null
                     and (shards = 1 or mod(abs(hashtext(p.merchant_id)::bigint), shards) = shard)) s
           group by s.merchant_id) m
   cross join terms_on(day) t
    left join purchases_undone(day) u on u.merchant_id = m.merchant_id
    left join terms_differences(day, shard, shards) d on d.merchant_id = m.merchant_id
    left join (select l.merchant_id, sum(l.fee_rials) as fee_rials from fee_lines(day, shard, shards) l group by 1) f on f.merchant_id = m.merchant_id
$$;

-- The sections of rules that came with later versions, with this one.
create or replace function apply_more_rules(section text, b jsonb, a jsonb) returns void language plpgsql set search_path = public, pg_temp as $$
declare
  was date := (b ->> 'from')::date;
  d date := (a ->> 'from')::date;
begin
  if b is not null then
    case section
      when 'units' then delete from money_units where unit = b ->> 'unit' and valid_from = was;
      when 'terminalUnits' then delete from terminal_units where profile = b ->> 'profile' and valid_from = was;
      when 'paymentUnits' then delete from payment_units where valid_from = was;
      when 'bookUnits' then delete from book_units where valid_from = was;
      when 'feeTables' then delete from fee_tables where fee = b ->> 'fee' and valid_from = was;
    end case;
  end if;
  if a is null then return; end if;
  case section
    when 'units' then
      insert into money_units (unit, valid_from, iso_code, iso_number, exponent, rials, name_fa, name_en, lawful)
      values (a ->> 'unit', d, a ->> 'alpha', a ->> 'numeric', (a ->> 'exponent')::int, (a ->> 'rials')::bigint, a ->> 'nameFa',
              a ->> 'nameEn', (a ->> 'lawful')::boolean);
    when 'terminalUnits' then insert into terminal_units values (a ->> 'profile', d, a ->> 'in');
    when 'paymentUnits' then insert into payment_units values (d, a ->> 'in');
    when 'bookUnits' then insert into book_units values (d, a ->> 'in');
    when 'feeTables' then
      insert into fee_tables (fee, valid_from, base, bands, exempt, payee, account)
      values (a ->> 'fee', d, a ->> 'of', a -> 'bands', array(select jsonb_array_elements_text(a -> 'exempt')), a ->> 'payee', a ->> 'account');
  end case;
end $$;
