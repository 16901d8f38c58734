-- Registries whose rows or totals differ from the announcement, or from the bank's statement.
SELECT registry_id AS account_id,
       CAST((listed_rub - coalesce(statement_rub, declared_rub, 0)) * 100 AS BIGINT) AS difference_kop
FROM read_parquet($registry_reconciliation)
WHERE status_code <> 'reconciled'
ORDER BY registry_id
