-- Splitting where programmes say what goods their credit pays (docs/decisions/0092): each bucket pays lines by the rules of its own programme.

-- `s` comes with its rules and goes with what is taken, or with why not. Buckets in their order, each the lines in their order: of a line no
-- more than its programme allows, nor than others have left of it. An amount without a list is one line.
create function split_by_goods(e ledger_entry, c ledger_context, s ledger_split, by_card boolean) returns ledger_split language plpgsql as $$
declare
  listed boolean := coalesce(e.args ? 'basket', false);
  totals bigint[];
  rest bigint[];
  n int;
  want bigint := e.total_rials;
  b record;
  j record;
  programmes text[] := '{}';
  periods text[] := '{}'; -- of its credit that is spent first: rations are of that
  allowed bigint[] := '{}'; -- by programme and line: n a programme
  rationed bigint[] := '{}';
  keys text[] := '{}';
  paid bigint[] := '{}';
  codes text[]; -- of the programme whose credit is spent first
  unlisted boolean := false;
  -- what a bucket pays of a line, in the order in which it is taken
  of_bucket int[] := '{}';
  of_programme int[] := '{}';
  of_line int[] := '{}';
  parts bigint[] := '{}';
  taken bigint[] := array_fill(0::bigint, array[cardinality(e.bucket_ids)]);
  lines text := '';
  p int;
  at int;
  part bigint;
begin
  totals := case when listed then array(select (line ->> 3)::bigint from jsonb_array_elements(e.args -> 'basket') with ordinality as x (line, place)
                                         order by place) else array[e.total_rials] end;
  rest := totals;
  n := cardinality(totals);
  if by_card then want := greatest(0, want - (s.rules).min_card_rials); end if;

  for b in select u.place, u.open_rials, x.programme_id, x.period from unnest(e.bucket_ids, e.open_rials) with ordinality as u (id, open_rials, place)
             join buckets x on x.household_id = e.household_id and x.bucket_id = u.id order by u.place loop
    exit when want = 0 and cardinality(programmes) > 0;
    p := array_position(programmes, b.programme_id);
    if p is null then
      if listed then
        j := judge_basket(e, lines_now(e, b.programme_id, b.period, c.baskets -> b.programme_id));
        if j.refusal is not null then return refuse_goods(s, j.refusal, j.about); end if;
        codes := coalesce(codes, j.codes);
        allowed := allowed || j.allowed;
        rationed := rationed || j.rationed;
        keys := keys || j.keys;
      else
        p := coalesce((c.baskets -> b.programme_id ->> 'list')::boolean, false)::int;
        unlisted := unlisted or p = 1;
        allowed := allowed || e.total_rials * (1 - p);
        rationed := rationed || null::bigint;
        keys := keys || null::text;
      end if;
      programmes := programmes || b.programme_id;
      periods := periods || b.period;
      paid := paid || array_fill(0::bigint, array[n]);
      p := cardinality(programmes);
    end if;
    for i in 1 .. n loop
      at := n * (p - 1) + i;
      part := least(allowed[at] - paid[at], rest[i], b.open_rials - taken[b.place], want);
      continue when part <= 0;
      of_bucket := of_bucket || b.place::int;
      of_programme := of_programme || p;
      of_line := of_line || i;
      parts := parts || part;
      paid[at] := paid[at] + part;
      rest[i] := rest[i] - part;
      taken[b.place] := taken[b.place] + part;
      want := want - part;
    end loop;
  end loop;

  if e.args ? 'unit' then
    -- of each line whole steps: what was taken last of it is too much
    for k in reverse cardinality(parts) .. 1 loop
      part := least(parts[k], (totals[of_line[k]] - rest[of_line[k]]) % step_of(e));
      parts[k] := parts[k] - part;
      rest[of_line[k]] := rest[of_line[k]] + part;
      taken[of_bucket[k]] := taken[of_bucket[k]] - part;
    end loop;
  end if;

  for k in 1 .. cardinality(parts) loop
    continue when parts[k] = 0;
    at := n * (of_programme[k] - 1) + of_line[k];
    if rationed[at] is not null then
      lines := lines || ration_line(programmes[of_programme[k]], periods[of_programme[k]], keys[at], of_line[k], s.voucher_rials, parts[k],
                                    allowed[at], rationed[at]);
    end if;
    s.voucher_rials := s.voucher_rials + parts[k];
  end loop;
  if unlisted and s.voucher_rials = 0 then
    s.rc := '40';
    s.reason := 'goods.list-missing';
    return s;
  end if;
  for k in 1 .. cardinality(taken) loop
    if taken[k] > 0 then
      s.bucket_ids := s.bucket_ids || e.bucket_ids[k];
      s.take_rials := s.take_rials || taken[k];
    end if;
    if e.open_rials[k] > taken[k] then
      if s.left_rials = 0 then
        s.credit_ends := case k when 1 then e.first_end
                           else (select to_day from windowed(e.household_id, windows_at(e.at)) w where w.bucket_id = e.bucket_ids[k]) end;
      end if;
      s.left_rials := s.left_rials + e.open_rials[k] - taken[k];
    end if;
  end loop;
  if listed then
    select string_agg(case when rest[i] = 0 then '00' else codes[i] end || lpad((totals[i] - rest[i])::text, 12, '0'), '' order by i)
      into s.verdicts from generate_series(1, n) i;
    if lines <> '' then s.quantities := jsonb_build_object('lines', ('[' || substr(lines, 2) || ']')::jsonb); end if;
  end if;
  return s;
end $$;
