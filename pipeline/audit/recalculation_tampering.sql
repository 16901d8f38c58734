-- A new charge for tampering names such an act of its account, takes nothing back and is, counted anew, norm of each month ×
-- factor × days of the act that no other act of the service has, at the tariff of the month's own lines, rounded once.
-- `tampering_months`: norms of the months that acts nobody had charged may reach.
WITH made AS (
    SELECT * FROM read_parquet($recalculations)
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code = 'tampering'
),
acts AS (
    SELECT event_id, account_id, service_code, registered_at, (registered_at AT TIME ZONE 'Europe/Moscow')::DATE AS found_on,
           effective_from, event_id IN (SELECT event_id FROM read_parquet($tampering_months)) AS is_open
    FROM read_parquet($meter_acts_here) AS act JOIN read_parquet($meters) AS meter USING (account_id, meter_id)
    WHERE act_code = 'tampered' AND account_id IN (SELECT account_id FROM made)
),
named AS (
    SELECT event_id, account_id, service_code, registered_at, is_open,
           unnest(generate_series(greatest(effective_from, (found_on - to_months($months_max::INT))::DATE), found_on - 1,
                                  INTERVAL 1 DAY))::DATE AS day
    FROM acts
),
months AS (
    SELECT event_id, account_id, service_code, date_trunc('month', day)::DATE AS charge_month, count(*) AS days,
           any_value(day(last_day(day))) AS month_days
    FROM (SELECT * FROM named
          QUALIFY row_number() OVER (PARTITION BY account_id, service_code, day ORDER BY is_open, registered_at, event_id) = 1)
    GROUP BY ALL
),
volumes AS (
    SELECT event_id, account_id, service_code, list_sort(list(strftime(charge_month, '%Y-%m'))) AS months,
           sum((2 * norm_e7::HUGEINT * $norm_factor::INT * days + month_days) // (2 * month_days))
               * CASE WHEN count(norm_e7) = count(*) THEN 1 END AS volume_e7
    FROM months LEFT JOIN read_parquet($tampering_months) USING (event_id, account_id, service_code, charge_month) GROUP BY ALL
),
priced AS (
    SELECT account_id, contract_id, service_code, max(tariff_e6) AS tariff_e6
    FROM read_parquet($charges) SEMI JOIN made USING (account_id) WHERE charge_month = $month::DATE GROUP BY ALL
),
counted AS (
    SELECT made.*, months, volume_e7,
           (2 * volume_e7::HUGEINT * tariff_e6 + 100000000000) // 200000000000 AS expected_kop
    FROM made LEFT JOIN volumes USING (event_id, account_id, service_code)
    LEFT JOIN priced USING (account_id, contract_id, service_code)
)
SELECT account_id, CAST(charged_again_rub * 100 - coalesce(expected_kop, 0) AS BIGINT) AS difference_kop
FROM counted
WHERE reversed_rub <> 0 OR corrected_months IS DISTINCT FROM months
   OR CAST(CAST(volume_difference AS DECIMAL(38, 7)) * 10000000 AS HUGEINT) IS DISTINCT FROM volume_e7::HUGEINT
   OR CAST(charged_again_rub * 100 AS HUGEINT) IS DISTINCT FROM expected_kop
ORDER BY account_id
