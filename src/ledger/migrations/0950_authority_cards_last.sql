-- concurrently
-- By it those are found whose cards are to be forgotten (0940).
create index authority_cards_last on authority_cards (coalesce(last_at, first_at));
