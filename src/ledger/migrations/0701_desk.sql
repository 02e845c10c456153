-- The reviewers' desk (people.md 4): who has a case in hand, what they say among themselves, with which words a case is returned, and how
-- often two of them agree.
create table case_claims (
  case_id    bigint primary key references shop_cases,
  person_id  bigint not null references persons,
  claimed_by bigint not null references persons,   -- who assigned it
  until      timestamptz not null
);

create table case_comments (
  comment_id bigint generated always as identity primary key,
  case_id    bigint not null references shop_cases,
  person_id  bigint not null references persons,
  text       text   not null check (length(text) between 1 and 2000),
  at         timestamptz not null
);
create index case_comments_case on case_comments (case_id, comment_id);

-- What an applicant reads when an item is returned, from a day on.
create table reason_templates (
  code       text not null,
  valid_from date not null,
  fa         text not null check (length(fa) between 5 and 500),
  en         text not null check (length(en) between 5 and 500),
  remedy_fa  text not null check (length(remedy_fa) between 5 and 500),
  remedy_en  text not null check (length(remedy_en) between 5 and 500),
  primary key (code, valid_from)
);
insert into reason_templates values
  ('not_readable', '2026-03-21', 'تصویر یا نوشته خوانا نیست.', 'The picture or the text cannot be read.', 'در روشنایی کافی، بی‌سایه و با هر چهار گوشهٔ سند دوباره عکس بگیرید.', 'Take the picture again in good light, without shadows, with all four corners.'),
  ('not_the_owner', '2026-03-21', 'صاحب این مورد با صاحب فروشگاه یکی نیست.', 'This is not in the name of the shop’s owner.', 'مدرکی به نام صاحب فروشگاه بدهید، یا پروندهٔ تغییر صاحب بگشایید.', 'Give one in the name of the owner, or ask for a change of owner.'),
  ('not_found', '2026-03-21', 'این شماره در سامانهٔ مرجع یافت نشد.', 'The number was not found in the registry.', 'شماره را از روی مدرک بازبینی و اصلاح کنید.', 'Compare the number with the paper and correct it.'),
  ('ended', '2026-03-21', 'اعتبار این مدرک پایان یافته است.', 'This paper has ended.', 'مدرک را تمدید کنید و نسخهٔ معتبر را بدهید.', 'Renew it and give the one that is valid.'),
  ('other_guild', '2026-03-21', 'صنف پروانه با صنف درخواست یکی نیست.', 'The licence is of another guild than the application.', 'پروانهٔ صنفی را بدهید که در طرح است؛ در غیر این صورت درخواست پذیرفته نمی‌شود.', 'Give a licence of a guild that is in the scheme; else the application cannot be approved.'),
  ('wrong_check_digit', '2026-03-21', 'شماره درست وارد نشده است؛ رقم کنترل آن نمی‌خواند.', 'The number is mistyped: its check digit does not hold.', 'شماره را دوباره از روی مدرک بنویسید.', 'Type it again from the paper.'),
  ('inactive', '2026-03-21', 'این مورد در سامانهٔ مرجع غیرفعال است.', 'The registry says that this is not active.', 'در سامانهٔ مرجع آن را فعال کنید و دوباره بفرستید.', 'Have it activated there, and send it again.'),
  ('address_differs', '2026-03-21', 'نشانی با کد پستی یا پروانه نمی‌خواند.', 'The address differs from the postal code or the licence.', 'نشانی و کد پستی همین محل را از روی قبض یا پروانه بنویسید.', 'Give address and postal code of this place, as on a bill or the licence.'),
  ('not_answered', '2026-03-21', 'سامانهٔ مرجع هنوز پاسخ نداده است.', 'The registry has not answered yet.', 'کاری لازم نیست؛ ما پیگیری می‌کنیم.', 'There is nothing to do: we look after it.'),
  ('model_not_served', '2026-03-21', 'این مدل پایانه منوی کالابرگ ندارد.', 'That model has no kalabarg menu.', 'دستگاه دیگری معرفی کنید یا درخواست دستگاه تازه بدهید.', 'Name another device, or ask for a new one.'),
  ('duplicate', '2026-03-21', 'با همین مشخصات فروشگاه دیگری هست.', 'There is another shop with the same details.', 'اگر همان فروشگاه است، پروندهٔ پیشین را ادامه دهید؛ در غیر این صورت توضیح دهید.', 'If it is the same shop, go on with the case of before; else explain.'),
  ('disqualified_party', '2026-03-21', 'یکی از طرف‌های پرونده از طرح کنار گذاشته شده است.', 'A party of the case is disqualified.', 'کاری از شما برنمی‌آید؛ بررسی‌کننده تصمیم می‌گیرد و می‌توانید اعتراض کنید.', 'A reviewer decides; you may appeal.'),
  ('other', '2026-03-21', 'علت در یادداشت بررسی‌کننده آمده است.', 'The reviewer’s note says why.', 'یادداشت را بخوانید و همان مورد را اصلاح کنید.', 'Read the note and correct that.');

-- One decided case in twenty is looked at by one more reviewer, who is not told so. What they say changes nothing of the case: it shows how
-- often reviewers agree. `drawn`: chance has chosen it.
create table review_samples (
  case_id   bigint not null references shop_cases,
  round     int    not null,
  decided   text   not null check (decided in ('approve', 'refuse')),
  drawn     boolean not null,
  drawn_at  timestamptz not null,
  person_id bigint references persons,
  verdict   text check (verdict in ('approve', 'refuse', 'return')),
  note      text check (length(note) <= 1000),
  at        timestamptz,
  primary key (case_id, round),
  check (drawn or person_id is null),
  check ((verdict is null) = (at is null)),
  check (verdict is null or person_id is not null)
);
create index review_samples_open on review_samples (case_id) where drawn and verdict is null;
create function sample_is_of_another() returns trigger language plpgsql as $$
begin
  if exists (select 1 from shop_reviews r where r.case_id = new.case_id and r.round = new.round and r.person_id = new.person_id)
     or exists (select 1 from shop_cases c where c.case_id = new.case_id and c.clerk = new.person_id) then
    raise exception 'person % has signed or typed case %', new.person_id, new.case_id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger sample_is_of_another before insert or update of person_id on review_samples for each row
  when (new.person_id is not null) execute function sample_is_of_another();

create index shop_cases_queue on shop_cases ((coalesce(waits_until, 'infinity')), case_id);
