-- Every proposal made in this run: charged again = Σ (actual volume × the month's tariff) rounded once, half away from
-- zero; reversed = Σ charged by the lines it corrects; difference = one less the other.
WITH made AS (
    SELECT now.* FROM read_parquet($recalculations) AS now
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
),
months AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month,
           CASE basis_code WHEN 'norm' THEN 'true_up_norm' ELSE 'true_up_average' END AS cause_code,
           sum(CAST(CAST(actual_volume AS DECIMAL(38, 7)) * 10000000 AS HUGEINT)) AS actual_e7,
           sum(CAST(charged_rub * 100 AS HUGEINT)) AS charged_kop,
           arg_max(CAST(CAST(tariff_rub AS DECIMAL(38, 6)) * 1000000 AS HUGEINT), document_id) AS tariff_e6
    FROM read_parquet($unconfirmed_charges)
    WHERE (settled_code = 'reading' AND basis_code IN ('average', 'norm')) OR settled_code = 'by_meter'
    GROUP BY ALL
),
computed AS (
    SELECT proposal_id, sum(actual_e7 * tariff_e6) AS exact, sum(charged_kop) AS reversed_kop,
           count(*) AS months, bool_and(tariff_e6 IS NOT NULL) AS is_priced
    FROM made JOIN months
      ON months.account_id = made.account_id AND months.contract_id = made.contract_id
     AND months.service_code = made.service_code AND months.zone = coalesce(made.zone_code, '')
     AND months.cause_code = made.cause_code
     AND list_contains(made.corrected_months, strftime(months.charge_month, '%Y-%m'))
    GROUP BY proposal_id
),
compared AS (
    SELECT made.account_id, made.covered_months, computed.months, is_priced,
           CAST(charged_again_rub * 100 AS HUGEINT) AS again_kop, CAST(reversed_rub * 100 AS HUGEINT) AS taken_kop,
           reversed_kop, sign(exact) * ((abs(exact) + 50000000000) // 100000000000) AS expected_kop,
           difference_rub = charged_again_rub - reversed_rub AS adds_up
    FROM made LEFT JOIN computed USING (proposal_id)
)
SELECT account_id, CAST(again_kop - expected_kop AS BIGINT) AS difference_kop FROM compared
WHERE NOT adds_up OR months IS DISTINCT FROM covered_months
   OR (is_priced AND (again_kop IS DISTINCT FROM expected_kop OR taken_kop <> reversed_kop))
ORDER BY account_id
