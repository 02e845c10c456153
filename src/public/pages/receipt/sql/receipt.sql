-- $1 SHA-256 of the token
select receipt_of($1) as receipt
