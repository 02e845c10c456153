-- What was missing has come: its break needs no one any more, but stays on record for the second person. $1 file.
with come as (
  select b.break_id, l.file_id, l.line
    from acquirer_lines l
    join breaks b on b.household_id = l.household_id and b.transaction_id = l.transaction_id
   where l.file_id = $1 and b.state = 'open' and b.source = b.class || ' ours ' || b.household_id || '/' || b.transaction_id
), noted as (
  insert into break_events (break_id, actor, event, detail)
  select break_id, 'matching', 'arrived', 'told in line ' || line || ' of file ' || file_id from come
)
update breaks b set state = 'proposed', post = 'none', post_rials = 0, proposed_by = 'matching', reason = 'it has come since'
  from come where b.break_id = come.break_id
