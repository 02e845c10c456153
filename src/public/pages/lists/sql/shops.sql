-- $1 what the name holds, $2 guild, $3 first digits of the postal code, $4 what province or city hold ('': any); $5 the name that the page
-- before ended with, $6 how many shops of that name it has shown; $7 rows
select name, guild, area, province_fa as "provinceFa", province_en as "provinceEn", city_fa as "cityFa", city_en as "cityEn"
  from public_shops
 where name >= $5 and ($1 = '' or strpos(name, $1) > 0) and ($2 = '' or guild = $2) and ($3 = '' or area like $3 || '%')
   and ($4 = '' or strpos(province_fa, $4) > 0 or strpos(city_fa, $4) > 0)
 order by name, place_in_list offset $6 limit $7
