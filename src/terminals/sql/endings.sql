-- What ends by itself, of everything that the database knows. $1 days that a key may serve, $2 until when (endings after it are left out).
select what, name, ends from (
  -- of each terminal its last certificate: the ones before it are allowed to end
  select 'terminal-certificate' as what, t.terminal_id as name, coalesce(max(x.not_after), c.cert_ends) as ends
    from terminals t left join terminal_contacts c using (terminal_id)
    left join terminal_certificates x on x.terminal_id = t.terminal_id
     and not exists (select 1 from terminal_revocations r where r.sha256 = x.sha256)
   where t.ended is null group by t.terminal_id, c.cert_ends
  union all
  select 'master-key', k.terminal_id, k.tmk_at + make_interval(days => $1)
    from terminal_keys k join terminals t using (terminal_id) where k.tmk is not null and t.ended is null
  union all
  select 'shared-key', name, created_at + make_interval(days => $1) from hsm_keys
  union all
  -- what a shop has shown and must show again: it restricts the shop by its own rules, with messages of its own (shops.md)
  select 'licence', p.merchant_id, min(least(p.valid_until, p.asked_until))
    from shop_proofs p join merchants m using (merchant_id) where m.status = 'approved' and p.code = 'guild_licence' group by p.merchant_id
  union all
  select 'update-role', u.role, max(u.expires) from update_metadata u where u.role in ('root', 'targets') group by u.role
  union all
  -- a terminal whose software is too old to sell with from then on (update_outdated)
  select 'minimum-version', o.terminal_id, min(o.refused_from) from update_outdated o group by o.terminal_id
) e
 where ends is not null and ends <= $2
 order by ends, what, name
