-- Whose day has come and who is not there: debtors due for a debt receipt or for court that a ready list leaves out.
-- Messages are left aside: a person without a phone or written to enough is rightly not written to.
WITH listed AS (
    SELECT 'debt_receipts' AS list_code, episode_id FROM read_parquet($debt_receipts)
    UNION ALL
    SELECT 'court_list', episode_id FROM read_parquet($court_list)
),
due AS (
    SELECT account_id, episode_id, claimed_rub, next_action_on,
           CASE next_action_code WHEN 'debt_receipt' THEN 'debt_receipts' WHEN 'court_order' THEN 'court_list' END
           AS list_code
    FROM read_parquet($debtors)
)
SELECT due.account_id, due.claimed_rub AS difference_rub
FROM due JOIN read_parquet($debtor_lists) AS told USING (list_code)
LEFT JOIN listed ON listed.list_code = due.list_code AND listed.episode_id = due.episode_id
WHERE told.status_code = 'ready' AND due.next_action_on <= told.run_on AND listed.episode_id IS NULL
ORDER BY due.account_id
