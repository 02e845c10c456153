-- Cases that the shop itself types at the public door (people.md 4): whoever proved `applicant_mobile` by a code sees them and acts on them.
alter table shop_cases add column if not exists applicant_mobile text;
alter table shop_cases
  add constraint applicant_mobile_shape check (applicant_mobile ~ '^09\d{9}$'),
  add column begun_key text check (length(begun_key) between 16 and 64);
-- The form that begins a case, sent twice, begins one.
create unique index shop_cases_begun_once on shop_cases (applicant_mobile, begun_key) where begun_key is not null;
create index shop_cases_applicant on shop_cases (applicant_mobile) where applicant_mobile is not null;

-- Who typed what stands in an item.
alter table shop_items add column source text check (source in ('owner', 'clerk'));
update shop_items i set source = 'clerk' where value is not null and code <> 'relations'
   and exists (select 1 from shop_cases c where c.case_id = i.case_id and c.clerk is not null);
alter table shop_item_history add column by_owner text check (by_owner ~ '^09\d{9}$');

-- Devices that PSPs have in the field, as their lists say, and what becomes of each model in this scheme: so that a shop has to know no
-- more of its device than the number on its screen.
create table device_models (
  model   text primary key check (length(model) between 2 and 60),
  becomes text not null check (becomes in ('update', 'replacement')),
  since   date not null
);
create table psp_terminals (
  number text primary key check (number ~ '^\d{8}$'),   -- DE 41 of the PSP
  psp    text not null check (length(psp) between 2 and 60),
  model  text not null references device_models,
  serial text not null check (serial ~ '^[0-9A-Z]{4,40}$')
);
