-- Creditor × service × kind: contracts bill and withdraw what the balances of the accounts say.
-- withdrawn = −(transferred + money moved aside by credits and new versions)
WITH entries AS (
    SELECT creditor_id, service_code, debt_kind_code, billed_rub AS billed, withdrawn_rub AS withdrawn
    FROM read_parquet($billed_contracts)
    UNION ALL
    SELECT creditor_id, service_code, debt_kind_code, -billed_rub, transferred_rub FROM read_parquet($account_balances)
    UNION ALL
    SELECT creditor_id, service_code, debt_kind_code, 0, allocated_rub FROM read_parquet($payment_allocations)
    WHERE rule_code IN ('credit', 'superseded')
),
sums AS (
    SELECT creditor_id, sum(billed) AS billed, sum(withdrawn) AS withdrawn
    FROM entries GROUP BY creditor_id, service_code, debt_kind_code
)
SELECT creditor_id AS account_id, CAST((abs(billed) + abs(withdrawn)) * 100 AS BIGINT) AS difference_kop
FROM sums WHERE billed <> 0 OR withdrawn <> 0
ORDER BY account_id, difference_kop
