-- Every proposal made in this run: charged again = Σ (actual volume × the month's tariff) rounded once, half away from
-- zero; reversed = Σ charged by the lines it corrects; difference = one less the other.
-- A row number stands for a proposal: its hash of 64 letters would be grouped and joined ten times as slowly.
WITH made AS MATERIALIZED (
    SELECT row_number() OVER () AS made_number, account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, cause_code,
           corrected_months, covered_months, charged_again_rub, reversed_rub, difference_rub
    FROM read_parquet($recalculations) AS now
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
),
-- what a proposal corrects, month by month
corrected AS (
    SELECT made_number, account_id, contract_id, service_code, zone, cause_code,
           TRY_CAST(unnest(corrected_months) || '-01' AS DATE) AS charge_month
    FROM made
),
months AS (
    SELECT made_number, corrected.charge_month,
           sum(CAST(CAST(actual_volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT)) AS actual_e7,
           sum(CAST(charged_rub * 100 AS BIGINT)) AS charged_kop,
           arg_max(tariff_rub, document_id) AS tariff_rub
    FROM corrected JOIN read_parquet($unconfirmed_charges) AS line
      ON line.account_id = corrected.account_id AND line.contract_id = corrected.contract_id
     AND line.service_code = corrected.service_code AND coalesce(line.zone_code, '') = corrected.zone
     AND line.charge_month = corrected.charge_month
     AND corrected.cause_code = CASE line.basis_code WHEN 'norm' THEN 'true_up_norm' ELSE 'true_up_average' END
    WHERE (settled_code = 'reading' AND basis_code IN ('average', 'norm')) OR settled_code = 'by_meter'
    GROUP BY ALL
),
computed AS (
    SELECT made_number, sum(actual_e7 * CAST(CAST(tariff_rub AS DECIMAL(38, 6)) * 1000000 AS HUGEINT)) AS exact,
           sum(charged_kop) AS reversed_kop, count(*) AS months, bool_and(tariff_rub IS NOT NULL) AS is_priced
    FROM months GROUP BY made_number
),
compared AS (
    SELECT made.account_id, made.covered_months, computed.months, is_priced,
           CAST(charged_again_rub * 100 AS BIGINT) AS again_kop, CAST(reversed_rub * 100 AS BIGINT) AS taken_kop,
           reversed_kop, sign(exact) * ((abs(exact) + 50000000000) // 100000000000) AS expected_kop,
           difference_rub = charged_again_rub - reversed_rub AS adds_up
    FROM made LEFT JOIN computed USING (made_number)
)
SELECT account_id, CAST(again_kop - expected_kop AS BIGINT) AS difference_kop FROM compared
WHERE NOT adds_up OR months IS DISTINCT FROM covered_months
   OR (is_priced AND (again_kop IS DISTINCT FROM expected_kop OR taken_kop <> reversed_kop))
ORDER BY account_id
