-- Every account lies in one part of each table: keys that the gate saw unique inside a part are unique in the book.
-- Table by table: to group one account at a time by name costs more than the whole rest.
WITH places AS (
    SELECT account_id, min(filename) <> max(filename) AS is_torn
    FROM read_parquet($open_items, filename = true) GROUP BY account_id
    UNION ALL
    SELECT account_id, min(filename) <> max(filename)
    FROM read_parquet($payment_allocations, filename = true) GROUP BY account_id
    UNION ALL
    SELECT account_id, min(filename) <> max(filename) FROM read_parquet($advances, filename = true) GROUP BY account_id
    UNION ALL
    SELECT account_id, min(filename) <> max(filename)
    FROM read_parquet($billed_documents, filename = true) GROUP BY account_id
    UNION ALL
    SELECT account_id, min(filename) <> max(filename)
    FROM read_parquet($account_balances, filename = true) GROUP BY account_id
    UNION ALL
    SELECT account_id, min(filename) <> max(filename)
    FROM read_parquet($posted_payments, filename = true) GROUP BY account_id
)
SELECT account_id, 0 AS difference_kop FROM places WHERE is_torn
UNION ALL
SELECT min(coalesce(account_id, suspended_id)), 0 FROM read_parquet($suspended_payments)
GROUP BY suspended_id HAVING count(*) > 1
ORDER BY account_id
