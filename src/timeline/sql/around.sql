-- What people say about it. $1 household, $2 transaction, $3 shop.
select (select coalesce(jsonb_agg(jsonb_build_object('id', complaint_id::text, 'number', number, 'kind', kind, 'state', state, 'on', waits_on,
                 'filedAt', extract(epoch from filed_at) * 1000, 'since', extract(epoch from waits_since) * 1000,
                 'until', extract(epoch from waits_until) * 1000) order by complaint_id), '[]')
          from complaints where household_id = $1 and transaction_id = $2) as complaints,
       (select coalesce(jsonb_agg(jsonb_build_object('id', change_id::text, 'old', '…' || right(old_sheba, 4), 'new', '…' || right(new_sheba, 4),
                 'approvedAt', extract(epoch from approved_at) * 1000, 'inForce', in_force::text, 'bankClosed', bank_closed,
                 'state', case when stopped_at is not null then 'stopped' when applied_at is not null then 'in_force' else 'waiting' end) order by change_id), '[]')
          from sheba_changes where merchant_id = $3) as "shebaChanges",
       (select coalesce(jsonb_agg(jsonb_build_object('id', dispute_id::text, 'rials', rials::text, 'reason', reason, 'at', extract(epoch from at) * 1000,
                 'until', extract(epoch from until) * 1000, 'released', released_at is not null, 'proposed', release_by is not null) order by dispute_id), '[]')
          from shop_disputes where merchant_id = $3 and household_id = $1 and transaction_id = $2) as disputes
