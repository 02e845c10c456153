-- Credit: what may be spent, taking it, giving it back.

create function credit_left(household text, today date, windows jsonb) returns bigint language sql stable as $$
  select coalesce(sum(open_rials), 0)::bigint from windowed(household, windows) where from_day <= today and to_day >= today
$$;

-- Moves credit in a household's buckets: held and spent change by the sign times the takes.
create function move_credit(household text, ids bigint[], rials bigint[], held int, spent int) returns void
language plpgsql as $$
begin
  update buckets b set held_rials = held_rials + held * t.rials, spent_rials = spent_rials + spent * t.rials,
         swept = swept and spent >= 0
    from unnest(ids, rials) as t (id, rials)
   where b.household_id = household and b.bucket_id = t.id;
end $$;

-- What of the fee goes back with these rials of the card's part: it is the last to go.
create function fee_back(t transactions, card bigint) returns bigint language sql immutable as $$
  select greatest(0, t.given_card + card - (t.card_rials - t.fee_rials)) - greatest(0, t.given_card - (t.card_rials - t.fee_rials))
$$;

-- How much of takes that come back may be spent again: not what goes to a bucket past its end.
create function spendable(household text, ids bigint[], rials bigint[], today date, windows jsonb) returns bigint language sql stable as $$
  select coalesce(sum(u.r), 0)::bigint from unnest(ids, rials) as u (id, r)
    join windowed(household, windows) b on b.bucket_id = u.id and b.from_day <= today and b.to_day >= today
$$;
