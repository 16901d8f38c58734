-- What waits for a document goes on from the month before, and grows by exactly the changes of this month's items.
WITH entries AS (
    SELECT account_id, creditor_id, CAST(opening_rub * 100 AS BIGINT) AS opening_kop, CAST(change_rub * 100 AS BIGINT) AS change_kop
    FROM read_parquet($penalty_proposals)
    UNION ALL
    SELECT account_id, creditor_id, -CAST(to_bill_rub * 100 AS BIGINT), 0
    FROM read_parquet($state_penalty_proposals) WHERE CAST($has_state AS BOOLEAN)
    UNION ALL
    SELECT account_id, creditor_id, 0, -CAST(change_rub * 100 AS BIGINT) FROM read_parquet($penalties) WHERE change_rub <> 0
)
SELECT account_id, CAST(sum(opening_kop) + sum(change_kop) AS BIGINT) AS difference_kop
FROM entries
GROUP BY account_id, creditor_id
HAVING sum(opening_kop) <> 0 OR sum(change_kop) <> 0
ORDER BY account_id
