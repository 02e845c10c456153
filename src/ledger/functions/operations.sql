-- The rules that all operations share, in two tables: which operations there are and what is asked of each before it is decided, and
-- what each movement of money does. The rest of an operation is in the file of its name.

-- op         as src/ledger/entries.ts names it; 17 98 00 and 17 98 98 are two, since the rest is paid otherwise
-- kept_as    its row in `transactions`; a reversal that moves something is kept as a `reversal`
-- family     of its name: requests, reversals and completion advices have names of their own, since one may carry the STAN of another.
--            Null: it has no name, because no terminal sends it
-- about      whose household it is of: that of its card, of the original that it names, or of the transaction that it ends
-- refusable  it is refused where its clock is wrong, its shop or terminal may not work, or its date is far. What takes back or confirms
--            never is: the goods are back, or gone, whatever we say
-- spends     it spends credit: its household must be active, and what can be spent is read for it
-- needs      what its shop must be allowed; a card part asks for `card` beside `voucher`. Null: nothing, as it is not refusable
create function operations() returns setof ledger_operation immutable language sql as $$ values
  ('purchase-card', 'purchase', '02', 'card',        true,  true,  'voucher'),
  ('purchase-cash', 'purchase', '02', 'card',        true,  true,  'voucher'),
  ('quote',         'quote',    '02', 'card',        true,  true,  'voucher'),
  ('release',       'release',  '02', 'card',        true,  false, 'refund'),
  ('return',        'return',   '02', 'card',        true,  false, 'refund'),
  ('forward',       'forward',  '02', 'card',        true,  false, 'card'),
  ('reverse',       'advice',   '04', 'original',    false, false, null),
  ('advise',        'advice',   '22', 'original',    false, false, null),
  ('complete',      null,       null, 'transaction', false, false, null)
$$;

-- held, spent  how these columns of the buckets change: by so many times what was taken of each
-- posted_as    the kind of its postings, one a bucket; null: the journal has nothing of it
-- sign         of the shop's side of them: 1 credits the shop with voucher, card (but for its fee) and cash, and debits the household
create function movements() returns setof ledger_movement immutable language sql as $$ values
  --                    held spent posted_as    sign
  ('hold',              1,    0,   null,        null), -- a purchase waits for the bank
  ('buy',               0,    1,   'purchase',  1),    -- a purchase is captured at once
  ('capture',          -1,    1,   'purchase',  1),    -- the bank approved a held purchase
  ('release',          -1,    0,   null,        null), -- it did not, or a reversal came meanwhile
  ('return',            0,   -1,   'return',   -1),    -- a return, at once or when the bank approved its card part
  ('reverse',           0,   -1,   'reversal', -1),    -- a reversal or correction of a purchase
  ('reverse-return',    0,    1,   'reversal',  1)     -- of a return: its purchase stands by so much more
$$;
