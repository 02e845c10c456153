-- What is finished is found by its age, to be removed (keep/prune.ts).
create index quotes_finished on quotes (expires_at) where state <> 'held';
create index bank_advices_finished on bank_advices (done_at) where done_at is not null;
create index entitlement_uses_period on entitlement_uses (period);
