-- Days are chained: the first line of a day's journal carries the hash of the last line of the day before. Null: a day that was
-- written before days were chained, or the first.
alter table journal_exports add column prev_sha256 text check (prev_sha256 ~ '^[0-9a-f]{64}$');
