-- The segments of an item add up to its penalty (one that is time-barred has none any more), none reaches past its count, and no two of one part share a day.
WITH segments AS (
    SELECT *, lag(to_on) OVER (
        PARTITION BY account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, paid_on
        ORDER BY from_on) AS last_on
    FROM read_parquet($penalty_accruals)
),
summed AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
           sum(penalty_rub) AS penalty_rub, max(to_on) AS to_on,
           coalesce(bool_or(from_on <= last_on), false) AS is_double
    FROM segments GROUP BY ALL
)
SELECT coalesce(told.account_id, summed.account_id) AS account_id,
       CAST((coalesce(told.penalty_rub, 0) - coalesce(summed.penalty_rub, 0)) * 100 AS BIGINT) AS difference_kop
FROM summed
FULL JOIN (
    SELECT * REPLACE (CASE WHEN reason_code = 'time_barred' THEN 0 ELSE penalty_rub END AS penalty_rub)
    FROM read_parquet($penalties)
) AS told ON told.account_id = summed.account_id
 AND told.document_id = summed.document_id AND told.creditor_id = summed.creditor_id
 AND told.contract_id = summed.contract_id AND told.service_code = summed.service_code
 AND told.debt_kind_code = summed.debt_kind_code AND told.charge_month IS NOT DISTINCT FROM summed.charge_month
WHERE coalesce(told.penalty_rub, 0) <> coalesce(summed.penalty_rub, 0) OR is_double OR summed.to_on > told.counted_to_on
ORDER BY 1
