-- Card part and fees of one purchase, by the rows of a day. $1 voucher part, $2 card part, $3 guild of the shop ('': any), $4 day.
select jsonb_build_object(
  'cardParts', (select coalesce(jsonb_agg(jsonb_build_object('programme', programme_id, 'from', valid_from, 'kind', kind, 'rials',
                  card_part_rials(rials, per_million, from_rials, most_rials, $1::bigint + $2::bigint)::text, 'mostRials', most_rials::text,
                  'payee', payee, 'account', account) order by programme_id), '[]')
                  from (select distinct on (programme_id) * from card_parts where valid_from <= $4::date order by programme_id, valid_from desc) c),
  'fees', (select coalesce(jsonb_agg(jsonb_build_object('fee', fee, 'from', valid_from, 'of', base, 'rials',
             (case when e.exempt then 0 else fee_of(bands, fee_base(base, $1::bigint, $2::bigint, 0)) end)::text, 'exempt', e.exempt, 'payee', payee,
             'account', account) order by fee), '[]')
             from fee_tables_on($4::date) f cross join lateral (select $3 = any (f.exempt) as exempt) e)
) as costs
