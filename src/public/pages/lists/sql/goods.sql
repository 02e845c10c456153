-- $1 day, $2 what the name holds ('': everything), $3 after this code, $4 rows
select * from (
  select distinct on (g.code) g.code, g.name_fa as name, g.category, g.unit, g.price_cap_rials as cap,
         (select array_agg(s.guild order by s.guild) from guild_goods s where s.category = g.category) as guilds
    from goods g where g.valid_from <= $1 and g.valid_to >= $1 order by g.code, g.valid_from desc) each
 where code > $3 and ($2 = '' or strpos(name, $2) > 0)
 order by code limit $4
