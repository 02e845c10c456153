-- Papers that a case is judged by (people.md 4 "Papers"). What they show lies encrypted in files (src/papers/), named by the hash of
-- what is in the file; its key lies here, wrapped for the key of papers, and goes when the paper is removed.
create table paper_keys (
  key_id  int generated always as identity primary key,
  public  bytea not null unique check (length(public) = 32),   -- X25519: who has it alone can add papers, and read none
  sealed  bytea not null,                         -- the private half, under a key that only the HSM can derive
  hsm_key jsonb not null,                         -- what it is derived from
  made_at timestamptz not null default now()
);

create table shop_papers (
  paper_id      bigint generated always as identity primary key,
  case_id       bigint not null references shop_cases,
  item          text   not null,
  kind          text   not null check (kind ~ '^[a-z_]{1,40}$'),
  media         text   not null check (media in ('image/jpeg', 'application/pdf')),
  bytes         int    not null check (bytes > 0),             -- as it is kept, not as it came
  pages         int    not null check (pages > 0),
  source_sha256 bytea  not null check (length(source_sha256) = 32),   -- as it came: the same paper twice is one
  sha256        bytea  not null check (length(sha256) = 32),          -- as it is kept
  file_sha256   bytea  not null unique check (length(file_sha256) = 32),
  key_id        int    not null references paper_keys,
  wrapped       bytea,                            -- the paper's own key; null: removed, and nobody can read it any more
  uploaded_by   bigint references persons,        -- null: the applicant
  uploaded_at   timestamptz not null,
  removed_at    timestamptz,
  removed_by    text check (removed_by in ('applicant', 'clerk', 'date')),
  foreign key (case_id, item) references shop_items (case_id, code),
  check ((removed_at is null) = (wrapped is not null)),
  check ((removed_at is null) = (removed_by is null))
);
create unique index shop_papers_once on shop_papers (case_id, item, kind, source_sha256) where removed_at is null;
create index shop_papers_case on shop_papers (case_id);

-- Thirty a case, whoever uploads at the same time.
create function at_most_thirty_papers() returns trigger language plpgsql as $$
begin
  perform 1 from shop_cases where case_id = new.case_id for update;
  if (select count(*) from shop_papers where case_id = new.case_id and removed_at is null) >= 30 then
    raise exception 'case % has 30 papers', new.case_id using errcode = 'check_violation', constraint = 'thirty_papers';
  end if;
  return new;
end $$;
create trigger at_most_thirty_papers before insert on shop_papers for each row execute function at_most_thirty_papers();

-- From this day on a case needs papers; those that were begun before keep the rules they began with. `keepDays`: how long they are kept
-- after the case has ended so.
insert into shop_rules (version, valid_from, rules)
select '1405-2', '2026-11-22', rules || '{
  "papers": [
    {"item": "guild_licence", "kind": "guild_licence", "fa": "تصویر پروانه کسب", "en": "Scan of the guild licence"},
    {"item": "owner_identity", "kind": "national_card", "fa": "تصویر کارت ملی", "en": "Scan of the national card"},
    {"item": "owner_identity", "kind": "birth_certificate", "fa": "تصویر شناسنامه (صفحهٔ نخست)", "en": "Scan of the birth certificate (first page)"}
  ],
  "keepDays": {"APPROVED": 1825, "REFUSED": 180, "LAPSED": 90, "WITHDRAWN": 30}
}' from shop_rules where version = '1405-1';
