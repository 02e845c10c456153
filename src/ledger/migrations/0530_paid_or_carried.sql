-- Rials of an order that came back, or was held before it left, are carried to the shop's next net. Such an order is never paid as
-- well, nor is one that is paid carried: whoever writes, whatever he saw. Rows of before are not looked at ("not valid"): where
-- one is wrong, `settlement unexplained` tells it.
alter table payment_orders drop constraint payment_orders_state_check;
alter table payment_orders add constraint payment_orders_state_check
  check (state in ('made', 'sent', 'accepted', 'paid', 'returned', 'held'));
create unique index payment_orders_instruction_state on payment_orders (instruction_id, state);

alter table payable_carries
  add column order_id text,
  add column order_state text check (order_state in ('returned', 'held')),
  add constraint carry_of_an_order check ((order_id is null) = (order_state is null));
update payable_carries c set order_id = o.instruction_id, order_state = 'returned'
  from payment_orders o
 where c.source = 'order ' || o.instruction_id and o.state = 'returned';
alter table payable_carries
  add constraint carry_names_its_order check ((source like 'order %') = (order_id is not null) and source = coalesce('order ' || order_id, source))
  not valid;
alter table payable_carries
  add constraint paid_or_carried foreign key (order_id, order_state) references payment_orders (instruction_id, state) not valid;
create index payable_carries_order on payable_carries (order_id) where order_id is not null;
