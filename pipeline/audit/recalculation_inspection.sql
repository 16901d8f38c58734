-- A new proposal of a check names such an act of its account and is, counted anew: Σ over the meters of the service (register of the
-- month of the check − the accepted one before) − volume of the billers' own lines since − what other proposals have
-- corrected of these months, × the tariff of the month of the check, rounded once, half away from zero.
WITH made AS (
    SELECT * FROM read_parquet($recalculations)
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code = 'inspection'
),
named AS (
    SELECT made.account_id, made.contract_id, made.service_code, made.proposal_id, made.charge_month,
           date_diff('month', DATE '2000-01-01', made.charge_month) AS month_number
    FROM made JOIN read_parquet($acts_looked_at) AS act USING (event_id, account_id)
    WHERE act_code = 'inspected' AND date_trunc('month', effective_from) = made.charge_month
),
seen AS (
    SELECT proposal_id, any_value(month_number) AS month_number, count(*) AS meters, count(reading_id) AS read,
           sum(coalesce(volume_e7, raw_value_e7 - previous_value_e7)) AS seen_e7,
           min(date_diff('month', DATE '2000-01-01', previous_read_on)
               - CASE WHEN previous_read_on = installed_on THEN 1 ELSE 0 END) AS closed
    FROM named JOIN read_parquet($meters) AS meter USING (account_id, contract_id, service_code)
    LEFT JOIN (FROM read_parquet($readings_of_acts) WHERE verdict_code = 'accepted') AS reading
      ON reading.meter_id = meter.meter_id AND reading.charge_month = named.charge_month
    WHERE installed_on <= last_day(named.charge_month) AND coalesce(removed_on > last_day(named.charge_month), true)
    GROUP BY proposal_id
),
billed AS (
    SELECT proposal_id, sum(volume_e7) AS billed_e7,
           max(tariff_e6) FILTER (line.charge_month = named.charge_month) AS tariff_e6,
           count(DISTINCT line.charge_month) AS months
    FROM named JOIN seen USING (proposal_id)
    JOIN read_parquet($lines_of_acts) AS line USING (account_id, contract_id, service_code)
    WHERE batch_id IS NULL AND line.charge_month <= named.charge_month
      AND date_diff('month', DATE '2000-01-01', line.charge_month) > closed
    GROUP BY proposal_id
),
corrections AS (
    SELECT proposal_id AS other_id, account_id, contract_id, service_code, charge_month,
           CAST(volume_difference * 10000000 AS HUGEINT) AS volume_e7
    FROM read_parquet($recalculations)
    WHERE cause_code IN ('true_up_average', 'true_up_norm', 'commissioning', 'verification') AND status_code <> 'rejected'
    UNION ALL
    SELECT proposal_id, account_id, contract_id, service_code, charge_month, volume_difference_e7::HUGEINT
    FROM read_parquet($proposals_of_acts) AS older
    ANTI JOIN read_parquet($recalculations) AS now USING (proposal_id)
    WHERE cause_code IN ('true_up_average', 'true_up_norm', 'commissioning', 'verification') AND status_code <> 'rejected'
),
trued_up AS (
    SELECT proposal_id, sum(volume_e7) AS trued_up_e7
    FROM named JOIN seen USING (proposal_id)
    JOIN corrections AS other USING (account_id, contract_id, service_code)
    WHERE other.charge_month <= named.charge_month AND date_diff('month', DATE '2000-01-01', other.charge_month) > closed
    GROUP BY proposal_id
),
counted AS (
    SELECT made.*, meters = read AND months = month_number - closed AS is_whole, tariff_e6,
           CAST(seen_e7 - billed_e7 - coalesce(trued_up_e7, 0) AS HUGEINT) AS expected_e7
    FROM made LEFT JOIN seen USING (proposal_id) LEFT JOIN billed USING (proposal_id)
    LEFT JOIN trued_up USING (proposal_id)
),
priced AS (
    SELECT *, CASE WHEN expected_e7 < 0 THEN -1 ELSE 1 END
              * ((2 * abs(expected_e7) * tariff_e6 + 100000000000) // 200000000000) AS expected_kop
    FROM counted
)
SELECT account_id, CAST(difference_rub * 100 - coalesce(expected_kop, 0) AS BIGINT) AS difference_kop
FROM priced
WHERE is_whole IS DISTINCT FROM true
   OR CAST(volume_difference * 10000000 AS HUGEINT) IS DISTINCT FROM expected_e7
   OR CAST(difference_rub * 100 AS HUGEINT) IS DISTINCT FROM expected_kop
ORDER BY account_id
