-- Stand-in for a bank that cannot be reached and so checks no PIN (docs/decisions/0096): by rules of their own, for what the voucher pays
-- alone. Nothing of the bank's moves, so nothing is asked of it afterwards.
alter table stand_in_rules
  add column stands_for text not null default 'authority' check (stands_for in ('authority', 'bank')),
  -- whether a purchase may be granted whose PIN was entered and could not be checked; else only one that has none
  add column unchecked_pin boolean not null default false,
  add constraint unchecked_pin_of_a_bank check (stands_for = 'bank' or not unchecked_pin);
alter table stand_in_rules alter column stands_for drop default;

create or replace function audit_stand_in_rule() returns trigger language plpgsql as $$
begin
  perform audit_act(case when new.verdict is null then new.proposed_by else new.decided_by end,
                    'stand-in.' || coalesce(new.verdict, 'proposed'), 'stand-in:' || new.rule_id,
                    jsonb_build_object('programme', new.programme_id, 'from', new.valid_from, 'householdRials', new.household_rials,
                                       'shopRials', new.shop_rials, 'standsFor', new.stands_for, 'uncheckedPin', new.unchecked_pin), new.reason);
  return null;
end $$;

-- What was granted so.
create table bank_stand_ins (
  transaction_id bigint  primary key,
  household_id   text    not null,
  business_day   date    not null,
  merchant_id    text    not null,
  programmes     text[]  not null,
  day            date    not null,                       -- of the limits
  rials          bigint  not null check (rials > 0),     -- what the voucher paid and what was paid in cash
  unchecked_pin  boolean not null,
  why            text    not null check (why in ('unsent', 'doubt')),
  at             bigint  not null
);
create index bank_stand_ins_household on bank_stand_ins (household_id, day);
create index bank_stand_ins_shop on bank_stand_ins (merchant_id, day);
create index bank_stand_ins_day on bank_stand_ins (day);
