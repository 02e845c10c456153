-- An order that is held before its file is released: its rials go back to the payable and are carried.
alter table settlement_postings drop constraint settlement_postings_kind_check;
alter table settlement_postings add constraint settlement_postings_kind_check
  check (kind in ('order', 'fee', 'paid', 'returned', 'break', 'held'));

-- When a file may first have left: from then on nobody knows better than its place whether it did. Sent again only by two people.
alter table payment_files
  add column leaving_at timestamptz,
  add column again_by text,
  add column again_reason text;
