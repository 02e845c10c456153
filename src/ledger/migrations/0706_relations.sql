-- Relations of a case (people.md 4): whether a shop is disqualified, and which paper came for another shop too.

-- A disqualification that persons confirmed, that has not ended, was not struck, and that no younger decision ACTIVE took back. A shop that
-- was closed after it is still disqualified.
create function is_disqualified(p_merchant text) returns boolean language sql stable as $$
  select exists (
    select from shop_decisions d
     where d.merchant_id = p_merchant and d.state = 'DISQUALIFIED' and d.confirmed_at is not null and d.void_at is null
       and (d.until is null or ms_of(d.until) > database_clock())
       and not exists (
         select from shop_decisions a
          where a.merchant_id = d.merchant_id and a.state = 'ACTIVE' and a.confirmed_at is not null and a.void_at is null
            and (a.until is null or ms_of(a.until) > database_clock()) and (a.confirmed_at, a.decision_id) > (d.confirmed_at, d.decision_id)))
$$;

-- As it came, and as it is kept: the same picture saved again with other particulars of the camera is the same when it is kept.
create index shop_papers_source on shop_papers (source_sha256);
create index shop_papers_content on shop_papers (sha256);

-- A device that a shop was given, or bound, has a serial that nobody typed into the case. The public door sees whose it is, and nothing else
-- of devices.
create index devices_any_serial on devices (coalesce(serial, said_serial));
create function cases_of_device(p_serial text) returns table (case_id bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.case_id from devices d where coalesce(d.serial, d.said_serial) = p_serial
$$;
revoke execute on function cases_of_device(text) from public;

-- Whom a shop may be related to among those that were loaded from files. No purchase writes them.
create index merchants_owner on merchants (owner_national_id) where owner_national_id is not null;
create index merchants_sheba on merchants (sheba);
create index merchants_postal_code on merchants (postal_code) where postal_code is not null;
create index merchants_guild_licence on merchants (guild_licence) where guild_licence is not null;
