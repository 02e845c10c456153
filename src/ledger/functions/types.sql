-- What goes into the batch function and what comes out of it (src/ledger/entries.ts, src/ledger/verdicts.ts).

-- A request as it comes, all of its fields by name. `args` has what only its kind of operation has.
create type ledger_request as (
  op text, terminal_id text, stan text, local_time text, local_date text, transmission text, merchant_id text,
  content_hash bytea, pan_hash bytea, masked text,
  at bigint, today date, -- ms since the epoch; its day in Tehran
  total_rials bigint, token text, leg_at text, args jsonb
);

-- A line of a purchase, with what is known of its good where credit of this programme and period pays (shared/basket.sql).
create type ledger_line as (
  programme text, period text, good text, unit text, quantity bigint, rials bigint,
  code text, -- 00, or why nothing of it is paid
  name_fa text, price_cap_rials bigint,
  -- of its item in a basket; each: what one piece counts for; most_rials: what the voucher pays of the price
  item text, item_unit text, each bigint, price_rials bigint, most_rials bigint, per_purchase bigint,
  by_price boolean, by_quantity boolean, -- whether the purchase is refused where the line is above
  key text, by_category boolean, entitled bigint, used bigint -- its ration
);

-- A request with what was looked up for it. household_id is '' where the card belongs to none; refusal is why it is refused
-- before anything else is asked.
create type ledger_entry as (
  ord int, op text, terminal_id text, stan text, local_time text, local_date text, merchant_id text, content_hash bytea, masked text, at bigint, today date,
  total_rials bigint, token text, leg_at text, args jsonb, id bigint,
  kept_as text, family text, refusable boolean, -- of its operation (operations.sql)
  household_id text, household_status text, members int, guild text,
  may_card boolean, -- whether the shop may take a card part
  refusal text,
  known_id bigint, known_household text, known_day date, known_hash bytea,
  -- open credit in the order in which it is spent; the programmes that it is of: both alike unless there are several
  bucket_ids bigint[], open_rials bigint[], programme_id text, last_programme text,
  first_end date, -- until when the first of it may be spent
  next_charge date, -- the next day on which more may be spent, as far as anybody knows
  lapsed boolean, -- some of it went back to its fund, though its end was moved since
  lines ledger_line[] -- what it buys, where credit is spent from its first bucket; null: nobody has looked
);

-- What all entries of a batch share: the open business day and the local dates (DE 13) about it, whose requests are kept where they are
-- looked for; the first business day to look in; whether there are requests that are not; where RRNs stand, and the rules of the first programme.
-- `shortages`: whether any household owes what it has spent twice (shared/shortages.sql).
create type ledger_context as (
  day date, near text[], first_day date, strays boolean, shortages boolean, rrn_day text, rrn_hour text, rrn_base bigint, rules programme_rules,
  since text, -- the first period of which credit that has gone back may come back
  orders jsonb, -- in which order programmes are spent that end together, where somebody said so
  -- of programmes that have one, their basket; whether lines are kept, and whether a purchase must say its goods (migrations/0847_basket_maps.sql)
  baskets jsonb, observes boolean, lists boolean,
  card_parts boolean -- whether any programme has rows of its card part (docs/decisions/0094)
);

-- What the query of a batch alone reads of policies: it is wide, and every function that a context is handed to would pay for it.
create type ledger_policy as (
  -- when credit may be spent, where somebody moved it (migrations/0815_window_days.sql)
  moved text[], first_days date[], last_days date[],
  -- when the first programme charges in this month and the next (migrations/0771_credit_dates.sql); whether others charge too
  due_programme text, due_period text, due date[], next_period text, next_due date[], many_dues boolean
);

-- A verdict: the answer, then what the batch writes for it.
create type ledger_verdict as (
  ord int, kind text, bank text, household_id text, transaction_id bigint, business_day date,
  rc text, reason text, rrn text, auth_code text,
  voucher_rials bigint, card_rials bigint, cash_rials bigint, left_rials bigint,
  verdicts text, quote_ref text, token text, fault text, pass_through jsonb,
  -- a row of transactions, unless row_kind is null
  row_kind text, state text, total_rials bigint, masked text, original_id bigint, original_day date, quantities jsonb,
  confirm_by bigint,
  -- what moves (operations.sql), of which buckets, and of whose shop; null: nothing
  movement text, bucket_ids bigint[], take_rials bigint[], posted_to text, fee_rials bigint,
  short_rials bigint, -- of voucher_rials, what moves no credit
  credit_ends date, next_charge date, -- for the receipt (wire.md 5, tag 17)
  about text, lines jsonb -- the good for which it is refused; the lines that are kept
);

-- How an amount falls on voucher and rest. rc: why not.
create type ledger_split as (
  rc text, reason text, voucher_rials bigint, left_rials bigint,
  bucket_ids bigint[], take_rials bigint[], verdicts text, quantities jsonb, rules programme_rules,
  credit_ends date, -- the first day on which some of what is left ends
  about text, lines jsonb
);

-- A row of the tables in operations.sql, which say what each column means.
create type ledger_operation as (op text, kept_as text, family text, about text, refusable boolean, spends boolean, needs text);
create type ledger_movement as (movement text, held int, spent int, posted_as text, sign int);
