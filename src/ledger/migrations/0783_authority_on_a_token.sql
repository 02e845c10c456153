-- The key of an authority may live on a token (PKCS#11) and nowhere else: then there is nothing to seal, only what it is called there.
alter table terminal_authorities
  alter column sealed drop not null,
  alter column hsm_key drop not null,
  add column token_label text check (length(token_label) between 1 and 64),
  add constraint terminal_authorities_key check (
    case when token_label is null then num_nulls(sealed, hsm_key) = 0 else num_nulls(sealed, hsm_key) = 2 end);
