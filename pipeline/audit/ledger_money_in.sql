-- The book over the cycle: payments + newly suspended − reversals − released by corrections
-- = movements + Δ advances + Δ suspended + returned to payers. One row when a kopeck is missing or made.
WITH flows AS (
    SELECT 'in' AS side, CAST(sum(amount_kop) AS HUGEINT) AS kop FROM read_parquet($payments) WHERE NOT is_identified
    UNION ALL SELECT 'in', CAST(sum(amount_kop) AS HUGEINT) FROM read_parquet($suspended_new)
    UNION ALL SELECT 'in', -CAST(sum(amount_kop) AS HUGEINT) FROM read_parquet($payment_reversals)
    UNION ALL SELECT 'in', -CAST(sum(amount_kop) AS HUGEINT) FROM read_parquet($suspense_released)
    UNION ALL SELECT 'placed', CAST(sum(allocated_rub) * 100 AS HUGEINT) FROM read_parquet($payment_allocations)
    UNION ALL SELECT 'placed', CAST(sum(amount_rub) * 100 AS HUGEINT) FROM read_parquet($advances)
    UNION ALL SELECT 'placed', -CAST(sum(amount_rub) * 100 AS HUGEINT) FROM read_parquet($state_advances)
    UNION ALL SELECT 'placed', CAST(sum(amount_rub) * 100 AS HUGEINT) FROM read_parquet($suspended_payments)
    UNION ALL SELECT 'placed', -CAST(sum(amount_rub) * 100 AS HUGEINT) FROM read_parquet($state_suspended_payments)
    UNION ALL
    SELECT 'placed', CAST(sum(amount_kop) AS HUGEINT) FROM read_parquet($payment_identifications)
    WHERE decision_code = 'returned'
),
sums AS (
    SELECT coalesce(sum(kop) FILTER (side = 'in'), 0) AS came, coalesce(sum(kop) FILTER (side = 'placed'), 0) AS placed
    FROM flows
)
SELECT 'весь участок' AS account_id, CAST(placed - came AS BIGINT) AS difference_kop FROM sums WHERE placed <> came
