-- What was missing has come: its break needs no one any more, but stays on record for the second person. $1 authority, $2 day.
with come as (
  select b.break_id, l.line from authority_list_lines l
    join breaks b on b.source = 'ONLY_US authority ' || l.authority || ' ' || l.order_id
   where l.authority = $1 and l.day = $2 and l.state = 'confirmed' and b.state = 'open'
), noted as (
  insert into break_events (break_id, actor, event, detail)
  select break_id, 'matching', 'arrived', 'told in line ' || line || ' of the list of ' || $2::text from come
)
update breaks b set state = 'proposed', post = 'none', post_rials = 0, proposed_by = 'matching', reason = 'it has come since'
  from come where b.break_id = come.break_id
