-- What lies on each penalty line goes on from the month before and grows by exactly this month's movements on it.
WITH entries AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, charge_month, CAST(paid_rub * 100 AS BIGINT) AS kop
    FROM read_parquet($paid_penalties)
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, charge_month, -CAST(paid_rub * 100 AS BIGINT)
    FROM read_parquet($state_paid_penalties) WHERE CAST($has_lines AS BOOLEAN)
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, charge_month, -CAST(allocated_rub * 100 AS BIGINT)
    FROM read_parquet($payment_allocations) WHERE debt_kind_code = 'penalty'
)
SELECT account_id, CAST(sum(kop) AS BIGINT) AS difference_kop
FROM entries
GROUP BY account_id, document_id, creditor_id, contract_id, service_code, charge_month
HAVING sum(kop) <> 0
ORDER BY account_id
