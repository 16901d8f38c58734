-- Every benefit proposed in this run, counted anew: fee × part within the norm × person's part × per cent × days ÷ days of the
-- month, unless nothing of the fee is left; sums of a month together no more than the sum by days. What ended is charged by
-- the days after it of what the biller took off. A sum takes nothing off a month of which the biller has a benefit off any line
-- that it covers. Months whose fee a billed proposal has changed are left out.
WITH made AS (
    SELECT account_id, event_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, cause_code,
           charged_again_rub, CAST(difference_rub * 100 AS HUGEINT) AS difference_kop
    FROM read_parquet($recalculations) ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code IN ('benefit', 'benefit_ended')
),
told AS (
    SELECT event_id, account_id, percent_e7, month_sum_kop, covers_code, residents, effective_to,
           coalesce(service_kinds, string_split($service_kinds, ',')) AS covered_kinds,
           greatest(effective_from, CAST(CAST(timezone('Europe/Moscow', registered_at) AS DATE) - to_months($back_months) AS DATE)) AS first_on
    FROM read_parquet($benefits) WHERE status_code = 'confirmed'
),
lines AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month, batch_id, basis_code, volume_e7,
           charged_kop, benefit_kop, payable_kop
    FROM (SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, basis_code, volume_e7,
                 charged_kop, benefit_kop, payable_kop
          FROM read_parquet($lines_of_applications)
          UNION ALL
          SELECT account_id, contract_id, service_code, zone_code, charge_month, document_id, batch_id, basis_code, volume_e7,
                 charged_kop, benefit_kop, payable_kop
          FROM read_parquet($charges) WHERE account_id IN (SELECT account_id FROM made))
    WHERE document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
),
billed AS (
    SELECT account_id, contract_id, service_code, zone, charge_month, sum(CAST(payable_kop AS HUGEINT)) AS fee_kop,
           sum(CAST(benefit_kop AS HUGEINT)) AS taken_kop, sum(CAST(volume_e7 AS HUGEINT)) AS volume_e7,
           CASE WHEN count(DISTINCT basis_code) FILTER (charged_kop <> 0) = 1
                THEN min(basis_code) FILTER (charged_kop <> 0) END AS basis_code
    FROM lines WHERE batch_id IS NULL GROUP BY ALL
),
-- shared: corrected_months
areas AS (
    SELECT account_id, any_value(area_m2_e7) AS area_e7
    FROM read_parquet($accounts) JOIN read_parquet($premises) USING (premises_id) GROUP BY account_id
),
-- shared: kinds_of_services
ground AS (
    SELECT made.*, told.* EXCLUDE (event_id, account_id), fee_kop, taken_kop, day(last_day(charge_month)) AS month_days,
           greatest(date_diff('day', greatest(charge_month, first_on), least(last_day(charge_month), coalesce(effective_to, DATE '9999-01-01'))) + 1, 0) AS days,
           greatest(date_diff('day', greatest(charge_month - 1, effective_to), last_day(charge_month)), 0) AS days_after,
           CASE WHEN basis_code = 'area' THEN CASE residents WHEN 1 THEN $one_e7 WHEN 2 THEN $two_e7 ELSE residents * $each_e7 END
                WHEN list_contains(string_split($norm_kinds, ','), kind) AND basis_code IS DISTINCT FROM 'norm' THEN norm_e7
                ELSE 1 END AS limit_e7,
           CASE WHEN basis_code = 'area' THEN area_e7
                WHEN list_contains(string_split($norm_kinds, ','), kind) AND basis_code IS DISTINCT FROM 'norm' THEN volume_e7
                ELSE 1 END AS whole_e7
    FROM made LEFT JOIN told USING (event_id, account_id)
    LEFT JOIN billed USING (account_id, contract_id, service_code, zone, charge_month)
    LEFT JOIN areas USING (account_id) LEFT JOIN kinds USING (service_code)
    LEFT JOIN read_parquet($benefit_norms) USING (account_id, service_code, charge_month)
),
parts AS (
    SELECT *, CAST(fee_kop AS HUGEINT) * least(limit_e7, whole_e7) * percent_e7 * days AS above,
           CAST(whole_e7 AS HUGEINT) * CASE covers_code WHEN 'person' THEN residents ELSE 1 END * 1000000000 * month_days AS below
    FROM ground
),
counted AS (
    SELECT *, CASE WHEN cause_code = 'benefit_ended' THEN (2 * taken_kop * days_after + month_days) // (2 * month_days)
                   WHEN percent_e7 IS NOT NULL THEN -((2 * above + below) // (2 * below)) END AS expected_kop
    FROM parts
)
SELECT account_id, CAST(difference_kop - coalesce(expected_kop, 0) AS BIGINT) AS difference_kop
FROM counted ANTI JOIN corrected USING (account_id, contract_id, service_code, charge_month)
WHERE (month_sum_kop IS NULL AND expected_kop IS NULL)
   OR (cause_code = 'benefit_ended' AND difference_kop <> expected_kop)
   OR (cause_code = 'benefit' AND (difference_kop >= 0 OR difference_kop < expected_kop
                                   OR (difference_kop > expected_kop AND charged_again_rub > 0)))
UNION ALL
SELECT min(account_id), CAST(sum(difference_kop) AS BIGINT) FROM ground
WHERE cause_code = 'benefit' AND month_sum_kop IS NOT NULL
GROUP BY event_id, charge_month
HAVING -2 * sum(difference_kop) * any_value(month_days) > 2 * any_value(month_sum_kop) * any_value(days) + any_value(month_days)
UNION ALL
SELECT account_id, CAST(difference_kop AS BIGINT) FROM ground
WHERE cause_code = 'benefit' AND month_sum_kop IS NOT NULL AND EXISTS (
    FROM billed AS other JOIN kinds USING (service_code)
    WHERE other.account_id = ground.account_id AND other.charge_month = ground.charge_month AND other.taken_kop <> 0
      AND list_contains(ground.covered_kinds, kinds.kind))
ORDER BY account_id
