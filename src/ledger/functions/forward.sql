-- An ordinary transaction (00 00 00, 31 00 00): the bank decides, the ledger remembers.
create function decide_forward(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict := new_verdict(e, c, 'forward', 'held');
begin
  v.kind := 'held';
  v.bank := 'card';
  v.rc := '00';
  v.reason := 'forwarded';
  v.card_rials := e.total_rials;
  if e.args is not null and e.args ? 'unit' then perform note_unit(e, v); end if;
  return v;
end $$;
