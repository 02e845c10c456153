-- The shops of whoever has proved a mobile. $1 mobile, $2 one of them (null: all).
select merchant_id as merchant, name, guild, sheba, status from merchants
 where mobile = $1 and ($2::text is null or merchant_id = $2)
 order by name, merchant_id limit 200
