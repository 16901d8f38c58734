-- Creditor × service × kind: conservation by house and balances by account say the same, flow by flow.
WITH sides AS (
    SELECT creditor_id, service_code, debt_kind_code, 1 AS side,
           opening_rub, billed_rub, paid_rub, reversed_rub, transferred_rub, written_off_rub, closing_rub
    FROM read_parquet($account_balances)
    UNION ALL
    SELECT creditor_id, service_code, debt_kind_code, -1,
           opening_rub, billed_rub, paid_rub, reversed_rub, transferred_rub, written_off_rub, closing_rub
    FROM read_parquet($conservation)
),
sums AS (
    SELECT creditor_id, sum(side * opening_rub) AS opening, sum(side * billed_rub) AS billed,
           sum(side * paid_rub) AS paid, sum(side * reversed_rub) AS reversed, sum(side * transferred_rub) AS moved,
           sum(side * written_off_rub) AS written_off, sum(side * closing_rub) AS closing
    FROM sides GROUP BY creditor_id, service_code, debt_kind_code
)
SELECT creditor_id AS account_id, CAST(closing * 100 AS BIGINT) AS difference_kop
FROM sums
WHERE opening <> 0 OR billed <> 0 OR paid <> 0 OR reversed <> 0 OR moved <> 0 OR written_off <> 0 OR closing <> 0
ORDER BY creditor_id
