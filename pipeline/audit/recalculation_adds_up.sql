-- Every proposal made in this run: charged again = Σ (actual volume × the month's tariff) rounded once, half away from
-- zero; reversed = Σ charged by the lines it corrects; difference = one less the other.
-- A row number stands for a proposal and a hash for the month that it corrects: texts would be grouped and joined ten
-- times as slowly. Decimals stay decimals and are never divided: what is rounded lies within half a kopeck.
WITH made AS MATERIALIZED (
    SELECT row_number() OVER () AS made_number, account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, cause_code,
           corrected_months, covered_months, charged_again_rub, reversed_rub, difference_rub
    FROM read_parquet($recalculations) AS now
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE cause_code IN ('true_up_average', 'true_up_norm')
),
-- what a proposal corrects, month by month
corrected AS (
    SELECT made_number,
           hash(account_id, contract_id, service_code, zone, cause_code, unnest(corrected_months)) AS place
    FROM made
),
lines AS (
    SELECT hash(account_id, contract_id, service_code, coalesce(zone_code, ''),
                CASE basis_code WHEN 'norm' THEN 'true_up_norm' ELSE 'true_up_average' END,
                strftime(charge_month, '%Y-%m')) AS place,
           actual_volume, charged_rub, tariff_rub, document_id
    FROM read_parquet($unconfirmed_charges)
    WHERE (settled_code = 'reading' AND basis_code IN ('average', 'norm')) OR settled_code = 'by_meter'
),
months AS (
    SELECT made_number, place, sum(actual_volume) AS actual, sum(charged_rub) AS charged_rub,
           arg_max(tariff_rub, document_id) AS tariff_rub
    FROM corrected JOIN lines USING (place)
    GROUP BY ALL
),
computed AS (
    SELECT made_number, sum(actual * tariff_rub) AS exact_rub, sum(charged_rub) AS charged_rub, count(*) AS months,
           bool_and(tariff_rub IS NOT NULL) AS is_priced
    FROM months GROUP BY made_number
),
compared AS (
    SELECT account_id, covered_months, months, is_priced, charged_again_rub, exact_rub,
           reversed_rub = charged_rub AS is_reversed,
           difference_rub = charged_again_rub - reversed_rub AS adds_up,
           abs(exact_rub) - abs(charged_again_rub) AS rounded_off,
           charged_again_rub = 0 OR (exact_rub < 0) = (charged_again_rub < 0) AS is_same_sign
    FROM made LEFT JOIN computed USING (made_number)
)
SELECT account_id, CAST((charged_again_rub - round(exact_rub, 2)) * 100 AS BIGINT) AS difference_kop FROM compared
WHERE NOT adds_up OR months IS DISTINCT FROM covered_months
   OR (is_priced AND (is_reversed AND is_same_sign AND rounded_off >= -0.005 AND rounded_off < 0.005) IS NOT TRUE)
ORDER BY account_id
