-- What takes purchases back is a small part of a day: it is found without a pass over the whole of it. Purchases are not in it, and pay
-- nothing for it.
create index postings_back on postings (merchant_id) where kind in ('return', 'reversal');
