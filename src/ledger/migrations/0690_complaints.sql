-- Complaints about a purchase (people.md 8). A complaint stands where its facts say (src/complaints/complaint.ts): `state` and `waits_…`
-- are kept for lists. What was said and done stays in complaint_events. One that is accepted ends in a posting, never in an edit.
create table complaints (
  complaint_id  bigint generated always as identity primary key,
  number        text   not null unique check (number ~ '^\d{9}$'),  -- what people say on the phone; the last digit is a check digit
  kind          text   not null check (kind in ('deducted', 'amount', 'not_paid', 'overcharged', 'refused_to_sell')),
  filed_by      text   not null check (filed_by in ('customer', 'shop', 'support')),
  filed_at      timestamptz not null,
  mobile        text   check (mobile ~ '^09\d{9}$'),                -- whom to tell
  merchant_id   text   not null,
  terminal_id   text   not null,
  rrn           text   not null,
  total_rials   bigint not null,
  last4         text   not null,
  told          text   not null default '' check (length(told) <= 1000),
  household_id  text   not null,
  transaction_id bigint not null,
  business_day  date   not null,
  finding       text   not null,                                    -- what the system found when it looked last
  finding_until timestamptz,
  found_at      timestamptz not null,
  contested_at  timestamptz,                                        -- the system's answer did not settle it
  asked         text   check (length(asked) <= 1000),
  asked_at      timestamptz,
  answered_at   timestamptz,
  remedy        text   check (remedy in ('return', 'credit_shop', 'debit_shop', 'none')),
  remedy_rials  bigint check (remedy_rials >= 0),
  reason        text   check (length(reason) <= 1000),              -- of the proposal or the refusal: what the complainant is told
  proposed_by   bigint references persons,
  proposed_at   timestamptz,
  ended         text   check (ended in ('accepted', 'refused', 'withdrawn')),
  ended_by      bigint references persons,
  ended_at      timestamptz,
  posting       text,                                               -- the RRN of the return, or the break whose end was posted
  state         text   not null,
  waits_on      text   check (waits_on in ('system', 'bank', 'complainant', 'support', 'second_person')),
  waits_since   timestamptz,
  waits_until   timestamptz,
  version       int    not null default 1,
  check ((ended is null) = (ended_at is null)),
  check (ended is distinct from 'accepted' or ended_by is distinct from proposed_by)
);
-- One complaint of a kind about a purchase, as long as it is open.
create unique index complaints_open on complaints (household_id, transaction_id, kind) where ended is null;
create index complaints_shop on complaints (merchant_id, complaint_id);
create index complaints_waiting on complaints (waits_on, complaint_id) where waits_on is not null;

create table complaint_events (
  event_id     bigint generated always as identity primary key,
  complaint_id bigint not null references complaints,
  event        text   not null,
  by_person    bigint references persons,                           -- null: the complainant, or the system
  detail       text   not null check (length(detail) <= 1200),
  at           timestamptz not null
);
create index complaint_events_of on complaint_events (complaint_id, event_id);

-- What two people decide about a complaint is posted as the end of a break.
alter table breaks drop constraint breaks_class_check;
alter table breaks add constraint breaks_class_check check (class in (
  'AMOUNT_DIFF', 'ONLY_US', 'ONLY_ACQUIRER', 'STATUS_DIFF', 'LATE', 'DUPLICATE', 'SHEBA_DIFF', 'CREDIT_SHORT', 'MERCHANT_DIFF',
  'UNEXPLAINED', 'COMPLAINT'));

-- Owners find their shops by the mobile that they proved.
create index merchants_mobile on merchants (mobile) where mobile is not null;
