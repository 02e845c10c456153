-- What is removed of persons once it has served (docs/operations.md, What is kept and for how long). The gateway at work may not change these rows:
-- each function runs with its owner's rights, and forgets nothing younger than a year, whatever it is asked.
create function a_year_ago() returns timestamptz language sql stable set search_path = public, pg_temp as $$
  select to_timestamp(database_clock() / 1000.0) - interval '366 days'
$$;
create index households_expired on households (household_id) where status = 'expired';

-- Cases that ended without a shop: what the applicant said of themselves, `keepDays` of the rules after the end (as their papers). That there was a
-- case, which items it had, what was decided and why stays.
create function forget_cases(now timestamptz, most int) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    select c.case_id from shop_cases c join shop_rules r on r.version = c.rule_version
     cross join lateral (select case when c.state in ('REFUSED', 'WITHDRAWN') then c.state
                                     when c.due <= $1 and c.waits_on = 'applicant' then 'LAPSED' end as how,
                                case c.state when 'WITHDRAWN' then c.withdrawn_at
                                             when 'REFUSED' then (select max(v.at) from shop_reviews v where v.case_id = c.case_id)
                                             else c.due end as at) as ended
     where ended.how is not null and ended.at + make_interval(days => coalesce((r.rules -> 'keepDays' ->> ended.how)::int, 366)) <= least($1, to_timestamp(database_clock() / 1000.0))
       and exists (select from shop_item_history h where h.case_id = c.case_id and (h.value is not null or h.note is not null))
     order by c.case_id limit $2),
  history as (update shop_item_history h set value = null, note = null from gone where h.case_id = gone.case_id),
  items as (update shop_items i set value = null, note = null from gone where i.case_id = gone.case_id),
  answers as (update registry_answers a set question = decode(repeat('00', 32), 'hex'), detail = null from gone where a.case_id = gone.case_id),
  words as (delete from shop_confirmations s using gone where s.case_id = gone.case_id),
  named as (update shop_cases c set name = c.number from gone where c.case_id = gone.case_id)
  select count(*) from gone
$$;

-- Complaints that ended: who complained, and in which words. What was found, decided and posted stays.
create function forget_complaints(before timestamptz, most int) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    select complaint_id from complaints
     where ended_at < least($1, a_year_ago()) and (mobile is not null or told <> '' or asked is not null)
     order by complaint_id limit $2),
  events as (update complaint_events e set detail = '' from gone where e.complaint_id = gone.complaint_id and e.by_person is null),
  complaint as (update complaints c set mobile = null, told = '', asked = null from gone where c.complaint_id = gone.complaint_id)
  select count(*) from gone
$$;

-- Cards of households that went out of the scheme, when nothing of theirs can be bought, returned or reserved any more: with the keyed hash of the
-- PAN goes what joins a card to a household. Their postings stay, under the household's number of the scheme, and their sums with them.
create function forget_cards(before timestamptz, most int) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    select h.household_id from households h
     where h.status = 'expired' and exists (select from cards c where c.household_id = h.household_id)
       and (select max(changed_on) from household_changes d where d.household_id = h.household_id) < least($1, a_year_ago())::date
       and not exists (select from buckets b where b.household_id = h.household_id and b.amount_rials - b.spent_rials - b.expired_rials <> 0)
       and not exists (select from quotes q where q.household_id = h.household_id and q.state = 'held')
     order by h.household_id limit $2),
  flags as (delete from eligibility e using gone where e.household_id = gone.household_id),
  moved as (delete from moved_cards m using gone where m.household_id = gone.household_id),
  forgotten as (delete from cards c using gone where c.household_id = gone.household_id)
  select count(*) from gone
$$;

-- People who are disabled and did nothing since: their names, and whatever they could prove themselves with. Their number and their name to sign in
-- with stay, because the audit's chain has them.
create function forget_people(before timestamptz, most int) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    select p.person_id from persons p
     where p.state = 'disabled' and p.name_en <> 'removed' and p.made_at < least($1, a_year_ago())
       and not exists (select from audit a where a.actor_id = p.person_id and a.at >= least($1, a_year_ago()))
       and not exists (select from audit a where a.object = 'person:' || p.person_id and a.at >= least($1, a_year_ago()))
     order by p.person_id limit $2),
  factors as (delete from person_factors f using gone where f.person_id = gone.person_id), -- nobody is let in by them again
  codes as (delete from recovery_codes r using gone where r.person_id = gone.person_id),
  named as (update persons p set name_fa = 'حذف شده', name_en = 'removed', version = version + 1 from gone where p.person_id = gone.person_id)
  select count(*) from gone
$$;
