-- Who gave a person each role, and whose set-up code they hold: one admin alone equips no pair of eyes (docs/decisions/0057). Of what was
-- given before this nobody knows: it counts as nobody's.
create table role_grants (
  person_id bigint not null references persons,
  role      text   not null check (role in ('clerk', 'reviewer', 'maker', 'checker', 'support', 'engineer', 'keeper', 'auditor', 'admin')),
  given_by  bigint references persons,           -- null: the owner of the database
  at        timestamptz not null default now(),
  primary key (person_id, role)
);
alter table person_factors add column setup_by bigint references persons;
alter table persons add column admin_until timestamptz;    -- when they last stopped being an admin who may sign in
