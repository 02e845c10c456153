-- The least card part of a purchase is a part of its price, or a fee of the banking network that the shop does not get
-- (domain: both are reported of the 50,000 rials of 1404). The split is the same; the journal is not.
alter table programme_rules
  add column min_card_as text not null default 'price' check (min_card_as in ('price', 'fee'));

-- What of card_rials is such a fee; of a return or reversal, what of the fee goes back.
alter table transactions add column fee_rials bigint not null default 0 check (fee_rials between 0 and card_rials);
