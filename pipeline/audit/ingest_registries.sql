-- Registries announced in this cycle against the payments and reversals that came for them. Corrected ones are left
-- to the reconciliation of the ledger, which knows what closed months held of them.
WITH came AS (
    SELECT registry_id, amount_kop FROM read_parquet($payments)
    UNION ALL SELECT registry_id, -amount_kop FROM read_parquet($payment_reversals) WHERE NOT is_correction
    UNION ALL SELECT registry_id, amount_kop FROM read_parquet($suspended_new)
),
sums AS (SELECT registry_id, count(*) AS rows, CAST(sum(amount_kop) AS BIGINT) AS kop FROM came GROUP BY ALL),
announced AS (
    SELECT registry_id, rows, CAST(100 * total_rub AS BIGINT) AS kop FROM read_parquet($known_registries)
    WHERE version = 1 AND delivery_id IN (SELECT delivery_id FROM read_parquet($deliveries))
)
SELECT a.registry_id, a.kop AS expected, coalesce(s.kop, 0) AS found, coalesce(s.kop, 0) - a.kop AS difference,
       a.rows AS announced_rows, coalesce(s.rows, 0) AS found_rows
FROM announced AS a LEFT JOIN sums AS s USING (registry_id)
WHERE coalesce(s.kop, 0) <> a.kop OR coalesce(s.rows, 0) <> a.rows
ORDER BY 1
