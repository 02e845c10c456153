-- What a shop brings with its answer to a notice, and with its appeal (people.md 4.4): kept as the papers of a case are (0660_papers.sql).
create table notice_papers (
  paper_id      bigint generated always as identity primary key,
  notice_id     bigint not null references shop_notices,
  said          text   not null check (said in ('response', 'appeal')),
  media         text   not null check (media in ('image/jpeg', 'application/pdf')),
  bytes         int    not null check (bytes > 0),
  pages         int    not null check (pages > 0),
  source_sha256 bytea  not null check (length(source_sha256) = 32),
  sha256        bytea  not null check (length(sha256) = 32),
  file_sha256   bytea  not null unique check (length(file_sha256) = 32),
  key_id        int    not null references paper_keys,
  wrapped       bytea,                            -- null: removed, and nobody can read it any more
  uploaded_by   bigint references persons,        -- null: the owner
  uploaded_at   timestamptz not null,
  removed_at    timestamptz,
  removed_by    text check (removed_by in ('owner', 'clerk', 'date')),
  check ((removed_at is null) = (wrapped is not null)),
  check ((removed_at is null) = (removed_by is null))
);
create unique index notice_papers_once on notice_papers (notice_id, said, source_sha256) where removed_at is null;
create index notice_papers_notice on notice_papers (notice_id);

create function at_most_thirty_notice_papers() returns trigger language plpgsql as $$
begin
  perform 1 from shop_notices where notice_id = new.notice_id for update;
  if (select count(*) from notice_papers where notice_id = new.notice_id and removed_at is null) >= 30 then
    raise exception 'notice % has 30 papers', new.notice_id using errcode = 'check_violation', constraint = 'thirty_papers';
  end if;
  return new;
end $$;
create trigger at_most_thirty_notice_papers before insert on notice_papers for each row execute function at_most_thirty_notice_papers();
