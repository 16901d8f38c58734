-- An account has one place in the whole book, whatever the parts: as hashes, eight bytes an account.
WITH twice AS (
    SELECT hash(account_id) AS account FROM read_parquet($account_index) GROUP BY account HAVING count(*) > 1
)
SELECT account_id FROM read_parquet($account_index) SEMI JOIN twice ON twice.account = hash(account_id)
GROUP BY account_id HAVING count(*) > 1
ORDER BY account_id
