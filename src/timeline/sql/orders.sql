-- Orders of a shop's days with their files, how each file left, and in which answer the bank spoke last: it changed the order in the same
-- transaction in which the file was taken. $1 shop, $2 orders.
select o.instruction_id as id, o.message_id as file, o.position, o.merchant_id as merchant, o.sheba, o.name, o.rail, o.state, o.reason, o.amount_rials::text as rials,
       o.business_day::text as day, f.orders, f.sum_rials::text as "fileRials", f.sha256, f.pay_on::text as "payOn", f.cycle,
       (extract(epoch from f.written_at) * 1000)::float8 as "writtenAt", (extract(epoch from f.leaving_at) * 1000)::float8 as "leavingAt",
       (extract(epoch from f.delivered_at) * 1000)::float8 as "deliveredAt", f.withdrawn_at is not null as withdrawn,
       (extract(epoch from c.started_at) * 1000)::float8 as "begunAt", (extract(epoch from c.made_at) * 1000)::float8 as "madeAt",
       (extract(epoch from c.released_at) * 1000)::float8 as "releasedAt", c.maker, c.checker, c.state as clearing,
       (extract(epoch from o.changed_at) * 1000)::float8 as "changedAt", a.name as answer, a.kind as "answerKind", m.sheba as "shebaNow"
  from payment_orders o
  join payment_files f using (message_id)
  join clearings c on c.business_day = o.business_day
  left join merchants m on m.merchant_id = o.merchant_id
  left join lateral (select t.name, t.kind from taken_files t where t.taken_at = o.changed_at and o.state in ('accepted', 'paid', 'returned') limit 1) a on true
 where o.instruction_id = any ($1)
 order by o.business_day, o.part
