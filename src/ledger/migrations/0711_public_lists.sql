-- What everybody may know: which shops take the voucher, and which goods it buys (people.md 2: /shops, /goods).

-- Places by the first digits of a postal code, as the post publishes them; the owner of the database brings them. The longest counts.
create table postal_areas (
  prefix      text primary key check (prefix ~ '^[1-9]\d{1,4}$'),
  province_fa text not null check (length(province_fa) between 1 and 60),
  province_en text not null check (length(province_en) between 1 and 60),
  city_fa     text check (length(city_fa) between 1 and 60),
  city_en     text check (length(city_en) between 1 and 60)
);

create index merchants_name on merchants (name, merchant_id);

-- Name, guild and place of the shops that may take the voucher now; nothing of their owners, and no number of a shop.
create view public_shops as
  select m.name, m.guild, left(m.postal_code, 5) as area, a.province_fa, a.province_en, a.city_fa, a.city_en, m.merchant_id as place_in_list
    from merchants m
    left join lateral (select * from postal_areas p where p.prefix = left(m.postal_code, length(p.prefix))
                        order by length(p.prefix) desc limit 1) a on true
   where database_clock() >= m.voucher_from and database_clock() < m.voucher_until;
