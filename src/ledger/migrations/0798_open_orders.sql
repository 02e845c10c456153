-- Orders that have not come to their end: few, however many there were. For the count of those that are late (settlement/answers/gauges.ts).
create index payment_orders_open on payment_orders (message_id) where state in ('made', 'sent', 'accepted');
