-- Every account lies in one part of each table: keys that the gate saw unique inside a part are unique in the book.
WITH places AS (
    SELECT 'open_items' AS name, account_id, filename FROM read_parquet($open_items, filename = true)
    UNION ALL
    SELECT 'payment_allocations', account_id, filename FROM read_parquet($payment_allocations, filename = true)
    UNION ALL SELECT 'advances', account_id, filename FROM read_parquet($advances, filename = true)
    UNION ALL SELECT 'billed_documents', account_id, filename FROM read_parquet($billed_documents, filename = true)
    UNION ALL SELECT 'account_balances', account_id, filename FROM read_parquet($account_balances, filename = true)
    UNION ALL SELECT 'posted_payments', account_id, filename FROM read_parquet($posted_payments, filename = true)
)
SELECT account_id, 0 AS difference_kop FROM places
GROUP BY name, account_id HAVING count(DISTINCT filename) > 1
UNION ALL
SELECT min(coalesce(account_id, suspended_id)), 0 FROM read_parquet($suspended_payments)
GROUP BY suspended_id HAVING count(*) > 1
ORDER BY account_id
