-- A completion advice (0220): the goods were handed over.
create function decide_advise(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  t transactions := original_of(e);
begin
  v := new_verdict(e, c, 'advice', 'declined');
  v.kind := 'done';
  v.rc := '25';
  v.reason := 'original.unknown';
  v.household_id := '';
  if t.transaction_id is null then return v; end if;
  v.rrn := t.rrn;
  v.household_id := t.household_id;
  v.masked := t.masked;
  v.reason := 'original.' || t.state;
  if t.kind = 'purchase' and t.state in ('held', 'approved') then
    update transactions set confirmed_at = coalesce(confirmed_at, e.at)
     where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
    v.state := 'approved';
    v.rc := '00';
    v.reason := 'confirmed';
    v.left_rials := credit_left(t.household_id, e.today, windows_at(e.at));
  end if;
  return v;
end $$;
