-- What a list names is what its debtors owe after everything that could cover it: a message or a call the sum of its debts
-- less what is out of limitation, the court list exactly its claim, a receipt no more than the claim (lump sums are left out). Totals are sums of rows.
WITH messages AS (
    SELECT any_value(account_ids[1]) AS account_id, any_value(listed.claimed_rub) AS named_rub,
           sum(greatest(0, debtor.claimed_rub - debtor.barred_rub)) AS owed_rub
    FROM (
        SELECT account_ids, person_id, claimed_rub, unnest(episode_ids) AS episode_id, 'sms' AS way
        FROM read_parquet($sms_list)
        UNION ALL
        SELECT account_ids, person_id, claimed_rub, unnest(episode_ids), 'call' FROM read_parquet($call_list)
    ) AS listed
    LEFT JOIN read_parquet($debtors) AS debtor USING (episode_id)
    GROUP BY person_id, way
),
totals AS (
    SELECT 'sms_list' AS list_code, count(*) AS rows, coalesce(sum(claimed_rub), 0) AS rub FROM read_parquet($sms_list)
    UNION ALL
    SELECT 'call_list', count(*), coalesce(sum(claimed_rub), 0) FROM read_parquet($call_list)
    UNION ALL
    SELECT 'debt_receipts', count(*), coalesce(sum(claimed_rub), 0) FROM read_parquet($debt_receipts)
    UNION ALL
    SELECT 'court_list', count(*), coalesce(sum(claimed_rub), 0) FROM read_parquet($court_list)
)
SELECT account_id, named_rub - owed_rub AS difference_rub FROM messages WHERE named_rub IS DISTINCT FROM owed_rub
UNION ALL
SELECT listed.account_id, listed.claimed_rub - coalesce(debtor.claimed_rub, 0)
FROM read_parquet($court_list) AS listed LEFT JOIN read_parquet($debtors) AS debtor USING (episode_id)
WHERE listed.claimed_rub IS DISTINCT FROM debtor.claimed_rub
UNION ALL
SELECT listed.account_id, listed.claimed_rub - coalesce(debtor.claimed_rub, 0)
FROM read_parquet($debt_receipts) AS listed LEFT JOIN read_parquet($debtors) AS debtor USING (episode_id)
WHERE (listed.claimed_rub <= debtor.claimed_rub) IS NOT TRUE
UNION ALL
SELECT list_code, coalesce(told.total_rub, 0) - coalesce(totals.rub, 0)
FROM totals FULL JOIN read_parquet($debtor_lists) AS told USING (list_code)
WHERE told.rows IS DISTINCT FROM totals.rows OR told.total_rub IS DISTINCT FROM totals.rub
ORDER BY account_id
