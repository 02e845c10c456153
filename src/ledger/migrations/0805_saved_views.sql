-- Filters of a list under a name, a person's own (docs/console.md). They hold what an address holds: no card number (api/routes/views.ts).
create table saved_views (
  person_id bigint      not null references persons,
  page      text        not null check (page ~ '^[a-z-]{1,40}(/[a-z-]{1,40}){0,3}$'), -- the list, as the API names it
  name      text        not null check (length(name) between 1 and 40),
  filters   jsonb       not null check (jsonb_typeof(filters) = 'object' and length(filters::text) <= 8000),
  version   int         not null default 1,
  saved_at  timestamptz not null,
  primary key (person_id, page, name)
);
