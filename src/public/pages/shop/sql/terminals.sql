-- A shop's terminals: what the database knows of each. $1 shop, $2 business days that are looked through for the last sale.
select t.terminal_id as terminal, t.status, t.blocked, t.software_version as software,
       (extract(epoch from k.tmk_at) * 1000)::float8 as "masterKeyAt", (extract(epoch from k.changed_at) * 1000)::float8 as "keysAt",
       (select max(x.at)::float8 from requests r
          join transactions x on x.household_id = r.household_id and x.transaction_id = r.transaction_id and x.business_day = r.business_day
         where r.merchant_id = $1 and r.terminal_id = t.terminal_id and r.business_day = any ($2::date[])) as "lastAt"
  from terminals t left join terminal_keys k using (terminal_id)
 where t.merchant_id = $1 order by 1 limit 500
