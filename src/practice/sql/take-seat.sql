-- $1 token hash, $2 ms now, $3 whoever is named by a shop (or null), $4 the last seat that may be taken, $5 idle before, $6 begun before
update practice_seats set token_hash = $1, begun_at = $2, used_at = $2, busy_until = 0, staff_id = $3, lesson = null, acts = 0, cut = null,
       finished = '{}', shown = null
 where seat = (select seat from practice_seats
                where seat <= $4 and (token_hash is null or used_at < $5 or begun_at < $6)
                order by used_at, seat limit 1 for update skip locked)
returning seat
