-- Every proposal made in this run: charged again = Σ (actual volume × the month's tariff) rounded once, half away from
-- zero; reversed = Σ charged by the estimates it corrects; difference = one less the other.
WITH made AS (
    SELECT now.* FROM read_parquet($recalculations) AS now
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
),
months AS (
    SELECT account_id, contract_id, service_code, coalesce(zone_code, '') AS zone, charge_month,
           CASE basis_code WHEN 'average' THEN 'true_up_average' ELSE 'true_up_norm' END AS cause_code,
           sum(CAST(actual_volume * 10000000 AS HUGEINT)) AS actual_e7,
           sum(CAST(charged_rub * 100 AS HUGEINT)) AS charged_kop,
           arg_max(CAST(tariff_rub * 1000000 AS HUGEINT), document_id) AS tariff_e6
    FROM read_parquet($unconfirmed_charges)
    WHERE settled_code = 'reading' AND basis_code IN ('average', 'norm')
    GROUP BY ALL
),
lines AS (
    SELECT account_id, contract_id, service_code, zone, cause_code, sum(actual_e7 * tariff_e6) AS exact,
           sum(charged_kop) AS reversed_kop, bool_and(tariff_e6 IS NOT NULL) AS is_priced
    FROM months GROUP BY ALL
),
compared AS (
    SELECT made.account_id, CAST(charged_again_rub * 100 AS HUGEINT) AS again_kop,
           CAST(made.reversed_rub * 100 AS HUGEINT) AS reversed_kop, lines.reversed_kop AS billed_kop, is_priced,
           sign(exact) * ((abs(exact) + 50000000000) // 100000000000) AS expected_kop,
           difference_rub = charged_again_rub - reversed_rub AS adds_up
    FROM made LEFT JOIN lines
      ON lines.account_id = made.account_id AND lines.contract_id = made.contract_id
     AND lines.service_code = made.service_code AND lines.zone = coalesce(made.zone_code, '')
     AND lines.cause_code = made.cause_code
)
SELECT account_id, CAST(again_kop - expected_kop AS BIGINT) AS difference_kop FROM compared
WHERE NOT adds_up OR billed_kop IS NULL
   OR (is_priced AND (again_kop IS DISTINCT FROM expected_kop OR reversed_kop <> billed_kop))
ORDER BY account_id
