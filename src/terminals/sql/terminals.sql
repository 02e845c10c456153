-- Terminals with what traffic, reports, keys and certificates tell of each; the caller adds which.
select t.terminal_id as terminal, t.merchant_id as merchant, t.state, t.profile, t.key_scheme as "keyScheme", t.serial, t.model, t.psp, t.place,
       coalesce(c.software, t.software_version) as software, coalesce(c.components, '{}') as components, c.slot,
       :iso(t.registered_at) as "registeredAt", :iso(c.last_at) as "lastContactAt", c.drift_ms::float8 as "driftMs",
       case when k.tmk is not null then :iso(k.tmk_at) end as "masterKeyAt", case when k.keys is not null then :iso(k.changed_at) end as "sessionKeysAt",
       :iso(e.ends) as "certificateEnds", v.verdict as certification,
       :iso(t.ended_at) as "endedAt", t.end_reason as "endReason",
       (select jsonb_build_object('merchant', m.merchant_id, 'onDay', m.on_day) from terminal_moves m
         where m.terminal_id = t.terminal_id and m.applied_at is null and m.dropped_at is null) as "nextMove",
       t.version
  from terminals t left join terminal_contacts c using (terminal_id) left join terminal_keys k using (terminal_id)
  left join lateral (
    -- of another authority's we know what it came with
    select coalesce(max(x.not_after), c.cert_ends) as ends from terminal_certificates x
     where x.terminal_id = t.terminal_id and not exists (select 1 from terminal_revocations r where r.sha256 = x.sha256)) e on true
  cross join lateral (
    select case when t.model is not null and s.software is not null then coalesce(device_verdict(t.model, s.software, t.profile), 'none') end as verdict
      from (select coalesce(c.software, t.software_version) as software) s) v
