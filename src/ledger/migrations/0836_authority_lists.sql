-- What remote authorities say that they confirmed and reversed on a day, as taken. A second list of a day is refused where it differs.
create table authority_lists (
  authority text not null,
  day       date not null,
  sha256    text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  lines     int  not null,
  rials     bigint not null,
  taken_at  timestamptz not null,
  primary key (authority, day)
);
create table authority_list_lines (
  authority   text   not null,
  day         date   not null,
  line        int    not null,
  order_id    text   not null,                 -- as it says; ours are numbers
  trace       text   not null,
  state       text   not null check (state in ('confirmed', 'reversed')),
  rials       bigint not null check (rials >= 0),
  merchant_id text   not null,
  terminal_id text   not null,
  rrn         text   not null,
  primary key (authority, day, line),
  foreign key (authority, day) references authority_lists
);
create index authority_list_lines_order on authority_list_lines (authority, order_id);
