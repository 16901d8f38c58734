-- Positions of the accounts of a part: as they were, each once, without gaps (the book has `$accounts`), in the part of the
-- position. The other parts have other positions, so none is shared between parts; that no account has two of them is asked of
-- the book (`ingest_index_once`).
WITH now AS (
    SELECT account_id, account_index, parse_filename(filename, true) AS part
    FROM read_parquet($account_index, filename = true)
),
before AS (SELECT account_id, account_index FROM read_parquet($before))
SELECT b.account_id, 'renumbered' AS what FROM before AS b LEFT JOIN now AS n USING (account_id)
WHERE n.account_index IS DISTINCT FROM b.account_index
UNION ALL
SELECT min(account_id), 'shared' FROM now GROUP BY account_index HAVING count(*) > 1
UNION ALL
SELECT account_id, 'beyond' FROM now WHERE account_index >= CAST($accounts AS BIGINT)
UNION ALL
SELECT account_id, 'part' FROM now WHERE part <> printf('part-%03d', account_index // 65536)
ORDER BY 1, 2
