-- What was granted and told is found by its age, to be counted, shown and removed (src/ledger/keep/prune.ts).
create index stand_ins_day on stand_ins (day);
create index authority_orders_done on authority_orders (done_at) where done_at is not null;
create index authority_list_lines_day on authority_list_lines (day);
