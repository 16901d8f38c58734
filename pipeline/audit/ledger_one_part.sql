-- Every account in a part's tables is an account of the part: keys that the gate saw unique inside a part are unique in
-- the book, as the index gives each account one place (`ingest_index_once`).
WITH named AS (
    SELECT DISTINCT account_id FROM read_parquet($open_items)
    UNION ALL SELECT DISTINCT account_id FROM read_parquet($payment_allocations)
    UNION ALL SELECT DISTINCT account_id FROM read_parquet($advances)
    UNION ALL SELECT DISTINCT account_id FROM read_parquet($billed_documents)
    UNION ALL SELECT DISTINCT account_id FROM read_parquet($account_balances)
    UNION ALL SELECT DISTINCT account_id FROM read_parquet($posted_payments)
)
SELECT account_id, 0 AS difference_kop FROM named ANTI JOIN read_parquet($account_index) USING (account_id)
ORDER BY account_id
