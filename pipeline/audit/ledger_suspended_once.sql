-- Suspended money waits once in the whole book.
SELECT min(coalesce(account_id, suspended_id)) AS account_id, 0 AS difference_kop
FROM read_parquet($suspended_payments) GROUP BY suspended_id HAVING count(*) > 1
ORDER BY account_id
