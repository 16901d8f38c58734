-- Registry by registry, cumulative to the cut: received = allocated + advances + suspended + returned, each figure
-- from its own rows and last month's table; and no registry with money is left out.
WITH carried AS (
    SELECT * FROM read_parquet($state_registry_reconciliation)
    WHERE registry_id IN (SELECT registry_id FROM read_parquet($registry_reconciliation))
),
entries AS (
    SELECT registry_id, 'received' AS what, CAST(sum(amount_kop) AS HUGEINT) AS kop
    FROM read_parquet($payments) WHERE NOT is_identified GROUP BY registry_id
    UNION ALL SELECT registry_id, 'received', amount_kop FROM read_parquet($suspended_new)
    UNION ALL SELECT payment_registry_id, 'received', -amount_kop FROM read_parquet($ledger_reversals)
    UNION ALL SELECT registry_id, 'received', amount_kop FROM read_parquet($ledger_reversals) WHERE is_identified
    UNION ALL SELECT registry_id, 'received', -amount_kop FROM read_parquet($suspense_released)
    UNION ALL
    SELECT 'unknown', 'received', amount_kop FROM read_parquet($payment_identifications)
    WHERE decision_code = 'identified' AND amount_kop > 0 AND registry_id IS NULL
    UNION ALL
    SELECT registry_id, 'allocated', CAST(sum(allocated_rub) * 100 AS HUGEINT) FROM read_parquet($payment_allocations)
    GROUP BY registry_id
    UNION ALL SELECT registry_id, 'advance', CAST(sum(amount_rub) * 100 AS HUGEINT) FROM read_parquet($advances) GROUP BY registry_id
    UNION ALL SELECT registry_id, 'suspended', CAST(amount_rub * 100 AS HUGEINT) FROM read_parquet($suspended_payments)
    UNION ALL
    SELECT registry_id, 'returned', amount_kop FROM read_parquet($payment_identifications)
    WHERE decision_code = 'returned'
    UNION ALL
    SELECT t.registry_id, f.what, CAST(f.rub * 100 AS HUGEINT)
    FROM carried AS t,
    LATERAL (VALUES ('received', t.received_rub), ('allocated', t.allocated_rub), ('returned', t.returned_rub))
        AS f(what, rub)
    UNION ALL
    SELECT t.registry_id, f.what, -CAST(f.rub * 100 AS HUGEINT)
    FROM read_parquet($registry_reconciliation) AS t,
    LATERAL (VALUES ('received', t.received_rub), ('allocated', t.allocated_rub), ('returned', t.returned_rub),
                    ('advance', t.advance_rub), ('suspended', t.suspended_rub)) AS f(what, rub)
),
broken AS (
    -- a reversal of suspended money moves kopecks between registries, so `received` is judged for the book below
    SELECT registry_id, sum(kop) AS kop FROM entries WHERE registry_id IS NOT NULL AND what <> 'received'
    GROUP BY registry_id, what HAVING sum(kop) <> 0
    UNION ALL
    SELECT 'все реестры', sum(kop) FROM entries WHERE registry_id IS NOT NULL AND what = 'received' HAVING sum(kop) <> 0
    UNION ALL
    SELECT registry_id, CAST((received_rub - allocated_rub - advance_rub - suspended_rub - returned_rub) * 100 AS HUGEINT)
    FROM read_parquet($registry_reconciliation)
    WHERE received_rub <> allocated_rub + advance_rub + suspended_rub + returned_rub
)
SELECT registry_id AS account_id, CAST(kop AS BIGINT) AS difference_kop FROM broken ORDER BY account_id
