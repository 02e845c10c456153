-- Names that `settlement explain` is asked for. None of these tables is on the way of a purchase.
create index payment_orders_sheba on payment_orders (sheba);
create index breaks_rrn on breaks (rrn);
