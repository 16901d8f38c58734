-- Every reduction for bad quality and housing services, counted anew by account, service and month: each minute of a breach
-- under the act that told it first, hours against the limits, days, per cent, then the fee. New proposals of a line never
-- take off more; where only this cycle's acts speak of the month and nothing else has touched the line, exactly that,
-- unless nothing of the fee is left. Months whose fee a billed proposal has changed are left out.
WITH told AS (
    SELECT event_id, house_id, premises_id, service_code, violation_code AS violation, is_heat, measured_value_e7 AS measured,
           coalesce(circumstance_code, '') AS circumstance, part_tariff_e6 AS part,
           event_id IN (SELECT event_id FROM read_parquet($new_applications)) AS is_new, registered_at,
           date_trunc('minute', began_at AT TIME ZONE 'Europe/Moscow') AS began,
           date_trunc('minute', ended_at AT TIME ZONE 'Europe/Moscow') AS ended
    FROM read_parquet($quality_acts_counted)
),
acts AS (
    SELECT *, violation || '|' || coalesce(part::VARCHAR, '') AS breach,
           row_number() OVER (ORDER BY is_new, registered_at, event_id, service_code) AS place_in_order
    FROM told WHERE ended > began
),
people AS (
    SELECT account_id, house, CASE WHEN premises IN (SELECT premises_id FROM acts) THEN premises END AS flat
    FROM (SELECT account_id, min(house_id) AS house, min(premises_id) AS premises
          FROM read_parquet($accounts) GROUP BY account_id)
),
spots AS (SELECT DISTINCT house, flat, coalesce(flat, house) AS spot FROM people),
here AS (
    SELECT spot, acts.* FROM spots JOIN acts ON acts.house_id = spots.house
    UNION ALL
    SELECT spot, acts.* FROM spots JOIN acts ON acts.premises_id = spots.flat
),
act_days AS (
    SELECT *, greatest(began, day) AS since, least(ended, day + INTERVAL 1 DAY) AS until
    FROM (SELECT *, unnest(generate_series(date_trunc('day', began), ended - INTERVAL 1 MINUTE, INTERVAL 1 DAY)) AS day FROM here)
),
cuts AS (
    SELECT spot, service_code, breach, day, since AS cut FROM act_days
    UNION
    SELECT spot, service_code, breach, day, until FROM act_days
),
stretches AS (
    SELECT spot, service_code, breach, day, cut AS since, lead(cut) OVER (PARTITION BY spot, service_code, breach, day ORDER BY cut) AS until
    FROM cuts
),
owned AS (
    SELECT stretch.spot, stretch.service_code, stretch.breach, stretch.day, stretch.since, stretch.until,
           date_trunc('month', stretch.day)::DATE AS charge_month, date_diff('minute', stretch.since, stretch.until) AS minutes,
           any_value(violation) AS violation, any_value(part) AS part, any_value(is_heat) AS is_heat, bool_and(is_new) AS is_new,
           arg_min(circumstance, place_in_order) AS circumstance, arg_min(measured, place_in_order) AS measured,
           greatest(0, date_diff('minute', greatest(stretch.since, stretch.day + to_hours($night_from::INT)),
                                 least(stretch.until, stretch.day + to_hours($night_to::INT)))) AS night
    FROM stretches AS stretch JOIN act_days USING (spot, service_code, breach, day)
    WHERE act_days.since <= stretch.since AND stretch.until <= act_days.until
    GROUP BY ALL
),
lasting AS (
    SELECT *, min(since) OVER (PARTITION BY spot, service_code, breach, island) AS begun
    FROM (SELECT *, sum(is_apart) OVER (PARTITION BY spot, service_code, breach ORDER BY since) AS island
          FROM (SELECT *, coalesce((since > lag(until) OVER (PARTITION BY spot, service_code, breach ORDER BY since))::INT, 1) AS is_apart
                FROM owned))
),
limits AS (
    SELECT one[1] AS violation, one[2] AS circumstance, one[3]::BIGINT AS month_hours, one[4]::BIGINT AS once_hours
    FROM (SELECT string_split(unnest(string_split($breaks, ';')), '|') AS one)
),
breaks AS (
    SELECT spot, service_code, charge_month, violation, sum(minutes) AS in_all,
           greatest(sum(minutes) - 60 * month_hours, 0, sum(greatest(0,
               date_diff('minute', greatest(since, begun + to_hours(once_hours::INT)), until)))) AS above
    FROM lasting JOIN limits USING (violation, circumstance) GROUP BY spot, service_code, charge_month, violation, month_hours
),
degrees AS (
    SELECT *, CASE WHEN circumstance = 'corner_room' THEN $corner::BIGINT ELSE $room::BIGINT END * 10000000 AS norm,
           CASE WHEN violation = 'hot_water_temperature'
                THEN greatest($hot_low::BIGINT * 10000000 - measured, measured - $hot_high::BIGINT * 10000000) END AS hot_off
    FROM owned WHERE violation IN ('hot_water_temperature', 'heating_temperature')
),
stepped AS (
    SELECT spot, service_code, charge_month, violation, minutes - night AS day_minutes, night, step,
           greatest(by_day, 0) AS by_day, greatest(by_night, 0) AS by_night
    FROM (SELECT *, CASE WHEN hot_off IS NULL THEN 10000000 ELSE $hot_step::BIGINT * 10000000 END AS step,
                 CASE WHEN hot_off IS NULL THEN greatest(norm - measured, measured - norm - $above_max::BIGINT * 10000000)
                      ELSE hot_off - $hot_day::BIGINT * 10000000 END AS by_day,
                 CASE WHEN hot_off IS NULL THEN greatest(norm - measured - $night_below::BIGINT * 10000000,
                                                         measured - norm - $above_max::BIGINT * 10000000)
                      ELSE hot_off - $hot_night::BIGINT * 10000000 END AS by_night
          FROM degrees WHERE hot_off IS NULL OR measured >= $cold_below::BIGINT * 10000000)
    UNION ALL
    SELECT spot, service_code, charge_month, violation, minutes, 0, 1, 1, 0 FROM owned
    WHERE violation = 'electricity_quality' OR (violation IN ('cold_water_pressure', 'hot_water_pressure', 'gas_pressure')
                                                AND abs(measured) * 10000 <= $pressure_max_e4::BIGINT * 10000000)
),
hours AS (
    SELECT spot, service_code, charge_month, violation,
           sum(day_minutes * ((by_day + $partial::INT * (step - 1)) // step)
               + night * ((by_night + $partial::INT * (step - 1)) // step)) AS counted
    FROM stepped GROUP BY ALL
),
day_works AS (
    SELECT spot, service_code, charge_month, day, part, sum(minutes) AS minutes FROM owned
    WHERE violation = 'housing_service' GROUP BY ALL HAVING sum(minutes) >= 1440
),
units AS (
    SELECT spot, service_code, charge_month,
           CASE WHEN violation = 'waste_break' THEN (above + $partial::INT * (60 * $waste_step::INT - 1)) // (60 * $waste_step::INT) * $waste_rate_e4::BIGINT
                ELSE (above + $partial::INT * 59) // 60 * $break_rate_e4::BIGINT END AS percent_e4,
           CASE WHEN above > 0 AND $deducts = '1' THEN in_all ELSE 0 END AS lost, 0 AS cold, 0 AS free, 0 AS whole, 0 AS parts_e6, FALSE AS mixed
    FROM breaks
    UNION ALL
    SELECT spot, service_code, charge_month, (counted + $partial::INT * 59) // 60 * CASE
               WHEN violation = 'hot_water_temperature' THEN $hot_rate_e4::BIGINT
               WHEN violation = 'heating_temperature' THEN $heating_rate_e4::BIGINT
               WHEN violation = 'electricity_quality' THEN $electricity_rate_e4::BIGINT ELSE $pressure_rate_e4::BIGINT END, 0, 0, 0, 0, 0, FALSE
    FROM hours
    UNION ALL
    SELECT spot, service_code, charge_month, 0, 0, sum(minutes), 0, 0, 0, FALSE FROM degrees
    WHERE violation = 'hot_water_temperature' AND measured < $cold_below::BIGINT * 10000000 GROUP BY ALL
    UNION ALL
    SELECT spot, service_code, charge_month, 0, 0, 0, count(DISTINCT day), 0, 0, FALSE FROM owned
    WHERE violation LIKE '%\_composition' ESCAPE '\'
       OR (violation LIKE '%\_pressure' ESCAPE '\' AND abs(measured) * 10000 > $pressure_max_e4::BIGINT * 10000000) GROUP BY ALL
    UNION ALL
    SELECT spot, service_code, charge_month, 0, 0, 0, 0, bool_or(part IS NULL)::INT,
           CASE WHEN bool_or(part IS NULL) THEN 0 ELSE sum(part) END, bool_or(part IS NULL) AND count(part) > 0
    FROM day_works GROUP BY spot, service_code, charge_month, day
),
due AS (
    SELECT spot, service_code, charge_month, sum(percent_e4) AS percent_e4, sum(lost) AS lost, sum(cold) AS cold, sum(free) AS free,
           sum(whole) AS whole, sum(parts_e6) AS parts_e6, bool_or(mixed) AS is_mixed
    FROM units GROUP BY ALL
),
speaking AS (
    SELECT spot, service_code, charge_month, bool_and(is_new) AS all_new, bool_or(is_heat) AS is_heat FROM owned GROUP BY ALL
),
lines AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, document_id, basis_code, volume_e7, tariff_e6,
           charged_kop, payable_kop, batch_id
    FROM (SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, basis_code, volume_e7, tariff_e6,
                 charged_kop, payable_kop, batch_id FROM read_parquet($lines_of_applications)
          UNION ALL
          SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, basis_code, volume_e7, tariff_e6,
                 charged_kop, payable_kop, batch_id FROM read_parquet($charges) SEMI JOIN (SELECT account_id FROM people WHERE coalesce(flat, house) IN (SELECT spot FROM here)) AS concerned USING (account_id))
    WHERE document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
),
fees AS (
    SELECT account_id, contract_id, service_code, zone, charge_month, sum(CAST(payable_kop AS HUGEINT)) AS fee_kop,
           sum(CAST(volume_e7 AS HUGEINT)) AS volume_e7, arg_max(tariff_e6, {'document': document_id, 'tariff': tariff_e6}) AS tariff_e6,
           coalesce(bool_and(basis_code = 'norm') FILTER (charged_kop <> 0), FALSE) AS is_norm
    FROM lines WHERE batch_id IS NULL GROUP BY ALL HAVING sum(payable_kop) > 0
),
cold_water AS (
    SELECT account_id, charge_month, max(tariff_e6) AS cold_e6 FROM fees
    WHERE service_code IN (SELECT unnest(string_split($cold_services, ','))) GROUP BY ALL
),
priced AS (
    SELECT fees.*, percent_e4, lost, cold, free, whole, parts_e6, is_mixed, all_new, speaking.is_heat, day(last_day(fees.charge_month)) * 1440 AS month_minutes,
           coalesce(cold_e6, CASE WHEN bool_or(speaking.is_heat) OVER (PARTITION BY fees.account_id, fees.charge_month) THEN tariff_e6 END) AS cold_e6
    FROM fees JOIN people USING (account_id)
    JOIN due ON due.spot = coalesce(flat, house) AND due.service_code = fees.service_code AND due.charge_month = fees.charge_month
    JOIN speaking ON speaking.spot = due.spot AND speaking.service_code = due.service_code AND speaking.charge_month = due.charge_month
    LEFT JOIN cold_water ON cold_water.account_id = fees.account_id AND cold_water.charge_month = fees.charge_month
),
expected AS (
    SELECT account_id, contract_id, service_code, zone, charge_month, all_new, is_mixed,
           least(fee_kop, (2 * fee_kop * (percent_e4 * month_minutes + 1000000 * ((free + whole) * 1440 + CASE WHEN is_norm THEN lost ELSE 0 END
               + CASE WHEN is_heat THEN cold ELSE 0 END)) + 1000000 * month_minutes) // (2000000 * month_minutes)
           + (2 * coalesce(volume_e7, 0) * CASE WHEN cold > 0 AND NOT is_heat THEN greatest(tariff_e6 - cold_e6, 0) * cold ELSE parts_e6 * 1440 END
              + 100000000000 * month_minutes) // (200000000000 * month_minutes)) AS due_kop
    FROM priced
),
standing AS (
    FROM read_parquet($recalculations) UNION ALL BY NAME
    SELECT before.* FROM read_parquet($state_recalculations) AS before ANTI JOIN read_parquet($recalculations) AS now USING (proposal_id)
),
proposed AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, charged_again_rub,
           CAST(difference_rub * 100 AS BIGINT) AS difference_kop, proposal_id IN (SELECT proposal_id FROM read_parquet($state_recalculations)) AS is_old
    FROM standing WHERE cause_code IN ('bad_quality', 'housing_days')
),
made AS (
    SELECT account_id, contract_id, service_code, zone, charge_month,
           -coalesce(sum(difference_kop) FILTER (NOT is_old), 0) AS made_kop, bool_or(is_old) AS has_old,
           min(charged_again_rub) <= 0 AS is_used_up, NOT bool_and(is_old) AS is_made
    FROM proposed GROUP BY ALL
),
beside AS (
    SELECT account_id, contract_id, service_code FROM lines WHERE batch_id IS NOT NULL
    UNION
    SELECT account_id, contract_id, service_code FROM standing WHERE cause_code NOT IN ('bad_quality', 'housing_days')
),
-- months whose fee a billed proposal changed: the one its line names and the one it was proposed for
corrected AS (
    SELECT account_id, contract_id, service_code, charge_month FROM lines
    WHERE list_contains(string_split($fee_causes, ','), split_part(batch_id, ':', 2))
    UNION
    SELECT account_id, contract_id, service_code, charge_month FROM standing
    WHERE list_contains(string_split($fee_causes, ','), cause_code) AND billed_rub IS NOT NULL
    UNION
    SELECT account_id, contract_id, service_code, charge_month FROM read_parquet($proposals_of_applications)
    WHERE list_contains(string_split($fee_causes, ','), cause_code) AND billed_kop IS NOT NULL
)
SELECT account_id, CAST(coalesce(due_kop, 0) - coalesce(made_kop, 0) AS BIGINT) AS difference_kop
FROM expected FULL JOIN made USING (account_id, contract_id, service_code, zone, charge_month)
ANTI JOIN corrected USING (account_id, contract_id, service_code, charge_month)
-- on a day of the whole line what was told of its works may come to more
WHERE (is_made AND coalesce(due_kop, 0) < made_kop AND NOT coalesce(is_mixed, FALSE))
   OR (coalesce(due_kop, 0) > coalesce(made_kop, 0) AND (all_new OR charge_month = $month::DATE) AND charge_month <= $month::DATE
       AND NOT coalesce(has_old, FALSE) AND NOT coalesce(is_used_up, FALSE)
       AND (account_id, contract_id, service_code) NOT IN (SELECT (account_id, contract_id, service_code) FROM beside))
ORDER BY account_id
