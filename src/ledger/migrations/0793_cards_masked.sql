-- Support is told the first six and last four digits of a card. Cards come by files and are no purchase's business: the index costs none.
create index if not exists cards_masked on cards (masked);
