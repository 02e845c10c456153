-- What every kind of verdict begins with.

-- The verdict of an entry with nothing granted, and a row to be written.
create function new_verdict(e ledger_entry, c ledger_context, row_kind text, state text) returns ledger_verdict
language plpgsql as $$
declare
  v ledger_verdict;
begin
  v.ord := e.ord;
  v.household_id := e.household_id;
  v.transaction_id := e.id;
  v.business_day := c.day;
  v.rrn := rrn_of(c, e.id);
  v.voucher_rials := 0;
  v.card_rials := 0;
  v.cash_rials := 0;
  v.fee_rials := 0;
  v.left_rials := 0;
  v.row_kind := row_kind;
  v.state := state;
  v.total_rials := e.total_rials;
  v.masked := e.masked;
  return v;
end $$;

create function verdict_of(t transactions, ord int, kind text) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
begin
  v.ord := ord;
  v.kind := kind;
  v.bank := t.bank;
  v.household_id := t.household_id;
  v.transaction_id := t.transaction_id;
  v.business_day := t.business_day;
  v.rc := t.rc;
  v.reason := t.reason;
  v.rrn := t.rrn;
  v.auth_code := t.auth_code;
  v.voucher_rials := t.voucher_rials;
  v.card_rials := t.card_rials;
  v.cash_rials := t.cash_rials;
  v.fee_rials := t.fee_rials;
  v.left_rials := t.left_rials;
  v.verdicts := t.verdicts;
  v.quote_ref := t.quote_ref;
  v.token := t.token;
  v.fault := t.fault;
  v.about := t.about;
  v.pass_through := t.pass_through;
  v.credit_ends := t.credit_ends;
  v.next_charge := t.next_charge;
  return v;
end $$;

create function decline(e ledger_entry, c ledger_context, row_kind text, rc text, reason text) returns ledger_verdict
language plpgsql as $$
declare
  v ledger_verdict := new_verdict(e, c, row_kind, 'declined');
begin
  v.kind := 'declined';
  v.rc := rc;
  v.reason := reason;
  return v;
end $$;

-- A split that is refused, and the good because of which it is.
create function decline_split(e ledger_entry, c ledger_context, row_kind text, s ledger_split) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict := decline(e, c, row_kind, s.rc, s.reason);
begin
  v.about := s.about;
  return v;
end $$;

-- A verdict that only says one word: `conflict` (RC 94), `again` (decide it in another batch).
create function one_word(ord int, kind text) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
begin
  v.ord := ord;
  v.kind := kind;
  return v;
end $$;

-- One function a kind of request. Each has its household locked and to itself in its batch (decide_batch.sql), and answers with a verdict
-- that also says what is to be written.

-- Requests that end before they begin: seen already, reversed before, or not to be made here.
create function refuse(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  t transactions;
begin
  if e.refusal = 'known' then
    if e.known_hash <> e.content_hash then return one_word(e.ord, 'conflict'); end if;
    select * into t from transactions
     where household_id = e.known_household and transaction_id = e.known_id and business_day = e.known_day;
    return verdict_of(t, e.ord, case when t.state = 'held' then 'pending' when e.refusable then 'repeat' else 'done' end);
  end if;
  return decline(e, c, e.kept_as, split_part(e.refusal, ' ', 1), split_part(e.refusal, ' ', 2));
end $$;

-- Queues an 0420 for the card part of a transaction (wire.md 9.4).
create function queue_reversal(t transactions, rials bigint, why text, at bigint, leg_stan text, leg_at text) returns void
language plpgsql as $$
begin
  insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg,
                            reason, queued_at, due_at)
  values (case t.household_id when '' then t.masked else t.household_id end, '0420', t.terminal_id, t.merchant_id,
          t.rrn, rials, jsonb_build_object('stan', leg_stan, 'transmission', leg_at), '0200',
          jsonb_build_object('stan', t.leg_stan, 'transmission', t.leg_at), why, at, at);
end $$;
