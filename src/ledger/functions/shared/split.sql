-- Splitting an amount on voucher and rest, by the rules of the programmes whose credit it would take.

-- How an amount would fall: credit first, oldest-expiring bucket first (wire.md 9.6); only eligible goods draw on it.
create function split_credit(e ledger_entry, c ledger_context, by_card boolean) returns ledger_split language plpgsql as $$
declare
  s ledger_split;
  basket record;
  want bigint := e.total_rials;
  take bigint;
  step bigint; -- what one step of the terminal's unit is worth, where that is not the rial
begin
  s.rules := c.rules;
  if e.programme_id <> e.last_programme then
    s.rules := common_rules(e);
  elsif e.programme_id is not null and e.programme_id is distinct from (s.rules).programme_id then
    s.rules := rules_on(e.programme_id, e.today);
    if c.card_parts then s.rules := with_card_part(s.rules, e.programme_id, e.today); end if;
  end if;
  if (s.rules).card_part_of is not null then s.rules := card_part_for(s.rules, e.total_rials); end if;
  s.voucher_rials := 0;
  s.left_rials := 0;
  s.bucket_ids := '{}';
  s.take_rials := '{}';
  if (s.rules).min_software_version is not null and not software_serves(e.args ->> 'software', (s.rules).min_software_version) then
    s.rc := '58';
    s.reason := 'terminal.software';
    return s;
  end if;
  -- where several programmes may say of which goods they pay what, each pays by its own; a line is whole steps of the terminal's unit there
  if c.baskets is not null and e.programme_id is not null and e.total_rials > 0
     and (case when e.args ? 'basket' then e.programme_id <> e.last_programme or e.args ? 'unit' else c.lists end) then
    s := split_by_goods(e, c, s, by_card);
    -- parts of baskets are not rounded to steps: a part that the terminal could not say is refused, never said wrong
    if s.rc is null and e.args is not null and e.args ? 'unit' and s.voucher_rials % step_of(e) <> 0 then
      s.rc := '13';
      s.reason := 'unit.step';
    end if;
    if s.rc is not null then return s; end if;
  else
    if e.args is not null and e.args ? 'basket' then
      if e.lines is null then
        e.lines := (select lines_now(e, b.programme_id, b.period, c.baskets -> b.programme_id)
                      from (select) x left join buckets b on b.household_id = e.household_id and b.bucket_id = e.bucket_ids[1]);
      end if;
      basket := judge_basket(e, e.lines);
      if basket.refusal is not null then return refuse_goods(s, basket.refusal, basket.about); end if;
      if e.args ? 'unit' then basket.allowed := whole_steps(basket.allowed, step_of(e)); end if;
      want := (select sum(x) from unnest(basket.allowed) x);
    end if;
    if by_card and (s.rules).min_card_rials > 0 then
      want := least(want, greatest(0, e.total_rials - (s.rules).min_card_rials));
    end if;
    if e.args is not null and e.args ? 'unit' then
      step := step_of(e);
      want := least(want, (select coalesce(sum(x), 0) from unnest(e.open_rials) x));
      want := want - want % step;
    end if;
    for i in 1 .. coalesce(cardinality(e.bucket_ids), 0) loop
      take := least(e.open_rials[i], want - s.voucher_rials);
      if take > 0 then
        s.bucket_ids := s.bucket_ids || e.bucket_ids[i];
        s.take_rials := s.take_rials || take;
        s.voucher_rials := s.voucher_rials + take;
      end if;
      s.left_rials := s.left_rials + e.open_rials[i] - take;
    end loop;
    if e.args is not null and e.args ? 'basket' then
      s.verdicts := line_verdicts(basket.allowed, basket.codes, s.voucher_rials);
      if basket.rations then
        s.quantities := ration_lines(basket.allowed, basket.rationed, basket.keys, e.lines[1].programme, e.lines[1].period, s.voucher_rials);
      end if;
    end if;
  end if;
  if s.left_rials > 0 and s.credit_ends is null then
    if s.voucher_rials < e.open_rials[1] then s.credit_ends := e.first_end; else s.credit_ends := end_after(e, s.voucher_rials); end if;
  end if;
  if s.voucher_rials > 0 and (s.rules).limited then
    s.rc := over_limit(e, s, c);
    if s.rc is not null then s.reason := case s.rc when '65' then 'limit.count' else 'limit.amount' end; end if;
  end if;
  return s;
end $$;

create function refuse_goods(s ledger_split, refusal text, about text) returns ledger_split language plpgsql immutable as $$
begin
  s.rc := case refusal when 'basket.sum' then '40' else '61' end;
  s.reason := refusal;
  s.about := about;
  return s;
end $$;

-- What one step of the unit is worth in which the terminal says amounts (docs/decisions/0088): a part that it must say is whole steps.
create function step_of(e ledger_entry) returns bigint language sql immutable as $$
  select (e.args -> 'unit' ->> 'step')::bigint
$$;

create function whole_steps(rials bigint[], step bigint) returns bigint[] language sql immutable as $$
  select array(select x - x % step from unnest(rials) with ordinality as u (x, n) order by n)
$$;

-- Keeps in which unit a terminal said the amounts of a transaction: a reversal to the bank says them in the same.
create function note_unit(e ledger_entry, v ledger_verdict) returns void language sql as $$
  insert into transaction_units (rrn, transaction_id, unit, step_rials, iso_number)
  values (v.rrn, v.transaction_id, e.args -> 'unit' ->> 'name', step_of(e), e.args -> 'unit' ->> 'number')
  on conflict do nothing
$$;

-- Tag 12: verdict n2 and the voucher's part n12 a line; the lines share it in their order.
create function line_verdicts(allowed bigint[], codes text[], voucher bigint) returns text language plpgsql immutable as $$
declare
  text_of text := '';
  open_rials bigint := voucher;
  part bigint;
begin
  for i in 1 .. coalesce(cardinality(allowed), 0) loop
    part := least(allowed[i], open_rials);
    open_rials := open_rials - part;
    text_of := text_of || codes[i] || lpad(part::text, 12, '0');
  end loop;
  return text_of;
end $$;

create function rules_on(programme text, today date) returns programme_rules language sql stable as $$
  select r from programme_rules r where programme_id = programme and valid_from <= today order by valid_from desc limit 1
$$;

-- The same with the row of the programme's card part that holds on that day, if it has any.
create function with_card_part(r programme_rules, programme text, today date) returns programme_rules language plpgsql stable as $$
declare
  p card_parts;
begin
  select * into p from card_parts where programme_id = programme and valid_from <= today order by valid_from desc limit 1;
  if not found then return r; end if;
  if r.programme_id is null then
    r.programme_id := programme;
    r.pin_check := 'issuer';
    r.limited := false;
  end if;
  r.min_card_rials := p.rials;
  r.min_card_as := p.kind;
  r.card_part_of := p.programme_id;
  r.card_part_from := p.valid_from;
  r.card_from_rials := p.from_rials;
  r.card_per_million := p.per_million;
  r.card_most_rials := p.most_rials;
  return r;
end $$;

-- The least card part in rials of one purchase; of rules for which it was reckoned before, the same.
create function card_part_for(r programme_rules, total bigint) returns programme_rules language plpgsql immutable as $$
begin
  r.min_card_rials := card_part_rials(r.min_card_rials, r.card_per_million, r.card_from_rials, r.card_most_rials, total);
  r.card_per_million := 0;
  r.card_from_rials := 0;
  return r;
end $$;

-- By which row the fee in a card part is taken: whose it is.
create function note_card_fee(v ledger_verdict, r programme_rules) returns void language sql as $$
  insert into card_part_fees values (v.household_id, v.transaction_id, v.business_day, r.card_part_of, r.card_part_from)
$$;

-- The rules under which credit of several programmes is spent together: of each rule the strictest. Limits are each programme's own.
create function common_rules(e ledger_entry) returns programme_rules language plpgsql stable as $$
declare
  all_of programme_rules;
  r programme_rules;
  has_parts boolean := exists (select 1 from card_parts);
  by_default boolean := false; -- one of them has no rules yet
begin
  for r in select (w.r).* from (select programme_id, min(n) as n from unnest(e.bucket_ids) with ordinality as u (id, n)
                      join buckets b on b.household_id = e.household_id and b.bucket_id = u.id group by 1) p
            left join lateral rules_on(p.programme_id, e.today) x on true
           cross join lateral (select case when has_parts then with_card_part(x, p.programme_id, e.today) else x end as r) w order by p.n loop
    by_default := by_default or r.programme_id is null;
    continue when r.programme_id is null;
    if r.card_part_of is not null then r := card_part_for(r, e.total_rials); end if;
    if all_of is null then all_of := r; continue; end if;
    if r.min_card_rials > all_of.min_card_rials then
      all_of.min_card_rials := r.min_card_rials;
      all_of.min_card_as := r.min_card_as;
      all_of.card_part_of := r.card_part_of;
      all_of.card_part_from := r.card_part_from;
      all_of.card_most_rials := r.card_most_rials;
    end if;
    all_of.limited := all_of.limited or r.limited;
    if r.pin_check = 'issuer' then all_of.pin_check := 'issuer'; end if;
    all_of.pin_check_from_rials := least(all_of.pin_check_from_rials, r.pin_check_from_rials);
    if r.confirmation = 'required' then
      all_of.confirm_within_ms := case all_of.confirmation when 'required' then least(all_of.confirm_within_ms, r.confirm_within_ms)
                                    else r.confirm_within_ms end;
      all_of.confirmation := 'required';
    end if;
    if all_of.min_software_version is null or software_serves(r.min_software_version, all_of.min_software_version) then
      all_of.min_software_version := coalesce(r.min_software_version, all_of.min_software_version);
    end if;
  end loop;
  if by_default then all_of.pin_check := 'issuer'; end if;
  return all_of;
end $$;

-- Versions are compared number by number; one that is missing or no version is too old.
create function software_serves(version text, least_version text) returns boolean language plpgsql immutable as $$
begin
  if version is null or version !~ '^\d{1,6}(\.\d{1,6}){0,3}$' then return false; end if;
  return string_to_array(version, '.')::int[] >= string_to_array(least_version, '.')::int[];
end $$;
