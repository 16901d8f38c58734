-- Creditor: held money goes on from last month, changes by what was collected and by what was passed on; it is told only
-- where what was passed on is known in every month since the book was opened.
WITH known AS (
    SELECT CAST($is_first AS BOOLEAN) OR (
        CAST($goes_on AS BOOLEAN) AND NOT EXISTS (SELECT 1 FROM read_parquet($before) WHERE closing_rub IS NULL)
    ) AS is_known
),
entries AS (
    SELECT creditor_id, coalesce(opening_rub, 0) AS opening, collected_rub AS collected, reversed_rub AS reversed,
           moved_rub AS moved, remitted_rub AS remitted, commission_rub AS fee
    FROM read_parquet($creditor_funds)
    UNION ALL
    SELECT creditor_id, -closing_rub, 0, 0, 0, 0, 0 FROM read_parquet($before), known
    WHERE CAST($goes_on AS BOOLEAN) AND is_known
    UNION ALL
    SELECT creditor_id, 0, -collected_rub, -reversed_rub, -moved_rub, 0, 0 FROM read_parquet($collected_money)
    WHERE source_code <> 'own_account'
    UNION ALL
    SELECT creditor_id, 0, 0, 0, 0, -gross_rub, -commission_rub FROM read_parquet($posted_remittances)
),
sums AS (
    SELECT creditor_id, sum(opening) AS opening, sum(collected) AS collected, sum(reversed) AS reversed,
           sum(moved) AS moved, sum(remitted) AS remitted, sum(fee) AS fee
    FROM entries GROUP BY creditor_id
)
SELECT creditor_id AS account_id,
       CAST((opening + collected - reversed + moved - remitted + fee) * 100 AS BIGINT) AS difference_kop
FROM sums
WHERE opening <> 0 OR collected <> 0 OR reversed <> 0 OR moved <> 0 OR remitted <> 0 OR fee <> 0
UNION ALL
SELECT creditor_id,
       CAST((closing_rub - opening_rub - collected_rub + reversed_rub - moved_rub + remitted_rub) * 100 AS BIGINT)
FROM read_parquet($creditor_funds)
WHERE closing_rub <> opening_rub + collected_rub - reversed_rub + moved_rub - remitted_rub
UNION ALL
SELECT creditor_id, 0 FROM read_parquet($creditor_funds), known
WHERE (opening_rub IS NOT NULL) <> is_known OR (closing_rub IS NOT NULL) <> (is_known AND is_remittance_known)
ORDER BY account_id, difference_kop
