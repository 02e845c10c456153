-- Versions side by side (docs/decisions/0117): what a version must know of migrations to run beside one of them, where that takes something away;
-- by which functions a copy decides.
alter table migrations add column needs text;
alter table gateway_copies add column functions text;
