-- What no range of the overview reaches: $1 minutes before, $2 hours before, $3 copies not seen since
with lines as (
  delete from traffic_answers where (grain = 'minute' and at < $1::timestamptz) or (grain = 'hour' and at < $2::timestamptz)
), gone as (
  delete from gateway_copies where seen_at < $3::timestamptz
)
delete from traffic_times where (grain = 'minute' and at < $1::timestamptz) or (grain = 'hour' and at < $2::timestamptz)
