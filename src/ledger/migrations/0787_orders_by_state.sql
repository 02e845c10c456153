-- How many orders of a file the bank has paid, returned, or not answered: for the board of business days, without reading them.
create index payment_orders_state on payment_orders (message_id, state);
