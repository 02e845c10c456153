-- All rules of settlement, as a file says them (file.ts)
select jsonb_build_object(
  'terms', (select coalesce(jsonb_agg(jsonb_build_object('from', valid_from, 'settleCardPart', settle_card_part, 'minPayoutRials', min_payout_rials,
              'feeFixedRials', fee_fixed_rials, 'feeBasisPoints', fee_basis_points, 'owingAlarmDays', owing_alarm_days) order by valid_from), '[]')
              from settlement_terms),
  'matching', (select coalesce(jsonb_agg(jsonb_build_object('from', valid_from, 'rules', rules) order by valid_from), '[]')
                 from (select valid_from, jsonb_agg(to_jsonb(keys) order by rule_no) as rules from match_rules group by 1) m),
  'breaks', (select coalesce(jsonb_agg(jsonb_build_object('from', valid_from, 'lookbackDays', lookback_days, 'lateDays', late_days,
               'toleranceDays', tolerance_days, 'alarmDays', alarm_days) order by valid_from), '[]') from break_rules),
  'acquirers', (select coalesce(jsonb_agg(jsonb_build_object('psp', psp, 'from', valid_from, 'profiles', profiles) order by psp, valid_from), '[]')
                  from acquirers),
  'payaCycles', (select coalesce(jsonb_agg(jsonb_build_object('from', valid_from, 'business', business, 'holiday', holiday) order by valid_from), '[]')
                   from (select valid_from, coalesce(jsonb_agg(to_char(at, 'HH24:MI') order by at) filter (where day_kind = 'business'), '[]') as business,
                                coalesce(jsonb_agg(to_char(at, 'HH24:MI') order by at) filter (where day_kind = 'holiday'), '[]') as holiday
                           from paya_cycles group by 1) c),
  'railLimits', (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('rail', rail, 'from', valid_from, 'minRials', min_rials,
                   'maxRials', max_rials, 'cutOff', to_char(cut_off, 'HH24:MI'))) order by rail, valid_from), '[]') from rail_limits),
  'holidays', (select coalesce(jsonb_agg(jsonb_build_object('day', day, 'name', name_fa, 'estimated', estimated) order by day, name_fa), '[]')
                 from holidays),
  'weekends', (select coalesce(jsonb_agg(jsonb_build_object('calendar', calendar, 'from', valid_from, 'weekdays', weekdays) order by calendar, valid_from), '[]')
                 from calendar_weekends),
  'units', (select coalesce(jsonb_agg(jsonb_build_object('unit', unit, 'from', valid_from, 'alpha', iso_code, 'numeric', iso_number,
              'exponent', exponent, 'rials', rials, 'nameFa', name_fa, 'nameEn', name_en, 'lawful', lawful) order by unit, valid_from), '[]')
              from money_units),
  'terminalUnits', (select coalesce(jsonb_agg(jsonb_build_object('profile', profile, 'from', valid_from, 'in', unit) order by profile, valid_from), '[]')
                      from terminal_units),
  'paymentUnits', (select coalesce(jsonb_agg(jsonb_build_object('from', valid_from, 'in', unit) order by valid_from), '[]') from payment_units),
  'bookUnits', (select coalesce(jsonb_agg(jsonb_build_object('from', valid_from, 'in', unit) order by valid_from), '[]') from book_units),
  'acquirerUnits', (select coalesce(jsonb_agg(jsonb_build_object('psp', psp, 'from', valid_from, 'in', unit, 'rounding', rounding) order by psp, valid_from), '[]')
                      from acquirer_units),
  'feeTables', (select coalesce(jsonb_agg(jsonb_build_object('fee', fee, 'from', valid_from, 'of', base, 'bands', bands, 'exempt', exempt,
                  'payee', payee, 'account', account) order by fee, valid_from), '[]') from fee_tables),
  'cardParts', (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('programme', programme_id, 'from', valid_from, 'kind', kind, 'rials', rials,
                  'perMillion', per_million, 'purchasesFromRials', from_rials, 'mostRials', most_rials, 'payee', payee, 'account', account))
                  order by programme_id, valid_from), '[]') from card_parts)
) as rules
