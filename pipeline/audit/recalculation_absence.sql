-- Every absence proposed in this run, counted anew day by day: fee × full days that no earlier application has named, but for
-- waste none with an act about meters, ÷ days of the month ÷ persons, unless nothing of the fee is left. Months whose fee a billed proposal has changed are left out: it
-- is no longer what the biller's own lines say.
WITH made AS (
    SELECT account_id, event_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month,
           charged_again_rub, CAST(difference_rub * 100 AS BIGINT) AS difference_kop,
           list_contains(string_split($waste_services, ','), service_code) AS is_waste
    FROM read_parquet($recalculations) AS now ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code = 'absence'
),
named AS (
    SELECT event_id, account_id, person_id, registered_at, residents, no_meter_act IS NOT NULL AS has_act,
           event_id IN (SELECT event_id FROM read_parquet($new_applications)) AS is_new,
           CAST(unnest(generate_series(effective_from + 1, effective_to - 1, INTERVAL 1 DAY)) AS DATE) AS day
    FROM read_parquet($absences_counted) WHERE person_id IN (
        SELECT person_id FROM read_parquet($absences_counted) WHERE account_id IN (SELECT account_id FROM made))
),
away AS (
    SELECT event_id, account_id, residents, is_waste, CAST(date_trunc('month', day) AS DATE) AS charge_month, count(*) AS days,
           any_value(day(last_day(day))) AS month_days
    FROM (SELECT * FROM named CROSS JOIN (FROM (VALUES (true), (false)) AS kinds (is_waste)) WHERE is_waste OR has_act
          QUALIFY row_number() OVER (PARTITION BY person_id, day, is_waste ORDER BY is_new, registered_at, event_id) = 1)
    GROUP BY event_id, account_id, residents, is_waste, date_trunc('month', day)
),
lines AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, batch_id, payable_kop
    FROM (SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, payable_kop
          FROM read_parquet($lines_of_applications)
          UNION ALL
          SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, payable_kop
          FROM read_parquet($charges) WHERE account_id IN (SELECT account_id FROM made))
    WHERE document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
),
billed AS (
    SELECT account_id, contract_id, service_code, zone, charge_month, sum(CAST(payable_kop AS HUGEINT)) AS fee_kop
    FROM lines WHERE batch_id IS NULL GROUP BY ALL
),
-- shared: corrected_months
counted AS (
    SELECT made.*, (2 * fee_kop * days + residents * month_days) // (2 * residents * month_days) AS expected_kop
    FROM made LEFT JOIN away USING (event_id, account_id, charge_month, is_waste)
    LEFT JOIN billed USING (account_id, contract_id, service_code, zone, charge_month)
)
SELECT account_id, CAST(difference_kop + coalesce(expected_kop, 0) AS BIGINT) AS difference_kop
FROM counted
ANTI JOIN corrected USING (account_id, contract_id, service_code, charge_month)
WHERE expected_kop IS NULL OR difference_kop < -expected_kop OR (difference_kop > -expected_kop AND charged_again_rub > 0)
ORDER BY account_id
