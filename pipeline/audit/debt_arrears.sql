-- Overdue arrears of the ledger against the notice track, account by creditor: the same pairs, the same kopecks, as many
-- of them out of limitation, the same age. Asked of who owes (nobody is missed) and of who is listed without owing anything.
WITH owed AS (
    SELECT account_id, creditor_id, sum(outstanding_rub) AS owed_rub, min(due_on) AS oldest_due_on,
           coalesce(sum(outstanding_rub) FILTER (is_time_barred), 0) AS lost_rub,
           max(months_overdue) AS months_overdue, max(days_overdue) AS days_overdue
    FROM read_parquet($open_items)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed
    GROUP BY ALL
),
listed AS (SELECT * FROM read_parquet($debtors) WHERE track_code = 'notice')
SELECT coalesce(owed.account_id, listed.account_id) AS account_id, owed_rub, total_rub,
       coalesce(total_rub, 0) - coalesce(owed_rub, 0) AS difference_rub
FROM owed FULL JOIN listed USING (account_id, creditor_id)
WHERE ($who = 'owes') = (owed_rub IS NOT NULL)
  AND (owed_rub IS DISTINCT FROM total_rub OR lost_rub IS DISTINCT FROM barred_rub
       OR owed.oldest_due_on IS DISTINCT FROM listed.oldest_due_on
       OR owed.months_overdue IS DISTINCT FROM listed.months_overdue
       OR owed.days_overdue IS DISTINCT FROM listed.days_overdue)
ORDER BY account_id
