-- Registries whose rows or totals differ from the announcement, or from the bank's statement. One that was announced in
-- this cycle, and of which no row came before, is left to the check of ingest (`ingest_registries`): it is told once.
WITH just_announced AS (
    SELECT registry_id FROM read_parquet($known_registries)
    WHERE version = 1 AND delivery_id IN (SELECT delivery_id FROM read_parquet($deliveries))
      AND registry_id NOT IN (SELECT registry_id FROM read_parquet($state_registry_reconciliation))
)
SELECT registry_id AS account_id,
       CAST((listed_rub - coalesce(statement_rub, declared_rub, 0)) * 100 AS BIGINT) AS difference_kop
FROM read_parquet($registry_reconciliation)
WHERE status_code IN ('statement_differs', 'not_announced')
   OR (status_code <> 'reconciled' AND registry_id NOT IN (SELECT registry_id FROM just_announced))
ORDER BY registry_id
