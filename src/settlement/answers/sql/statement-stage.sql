-- A file of statements as it stands. `row_id` is the order of the file.
create temp table statements (
  statement int, line int, account text, identity text, digest text, entries int, foreign_account boolean default false
) on commit drop;
create temp table statement_entries (
  statement int, entry int, part int, line int, direction text, rials bigint, refs text[], words text[], shown text, reason text,
  booked boolean, details int, "bookedOn" text
) on commit drop;
create temp table statement_batches (
  statement int, entry int, part int, line int, direction text, rials bigint, refs text[], words text[], shown text, reason text,
  count text, message_id text, applied boolean default false
) on commit drop;
create temp table statement_lines (
  row_id bigint generated always as identity,
  statement int, entry int, part int, line int, direction text, rials bigint, refs text[], words text[], shown text, reason text,
  booked_on text, instruction_id text, named int default 0, message_id text
) on commit drop;
