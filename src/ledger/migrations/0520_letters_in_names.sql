-- DE 41 is ans8 and DE 42 ans15 (wire.md 3): the names of terminals and shops have letters too.
alter table merchants drop constraint merchants_merchant_id_check,
  add constraint merchants_merchant_id_check check (merchant_id ~ '^[0-9A-Za-z]{15}$');
alter table terminals drop constraint terminals_terminal_id_check,
  add constraint terminals_terminal_id_check check (terminal_id ~ '^[0-9A-Za-z]{8}$');
