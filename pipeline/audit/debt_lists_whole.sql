-- Whose day has come and who is not there: debtors due for a debt receipt or for court that a ready list leaves out.
-- A list that is full leaves others waiting, if they claim no more than its smallest row, of court its smallest case; receipts claim
-- no lump sums.
-- An account that has had its receipts of thirty days waits.
-- Messages are left aside: a person without a phone or written to enough is rightly not written to.
WITH listed AS (
    SELECT 'debt_receipts' AS list_code, episode_id FROM read_parquet($debt_receipts)
    UNION ALL
    SELECT 'court_list', episode_id FROM read_parquet($court_list)
),
full_lists AS (
    SELECT list_code, least_rub
    FROM (VALUES ('debt_receipts', $receipts_most), ('court_list', $court_most)) AS limits(list_code, most)
    JOIN (
        SELECT 'debt_receipts' AS list_code, count(*) AS rows, min(claimed_rub) AS least_rub FROM read_parquet($debt_receipts)
        UNION ALL
        SELECT 'court_list', count(*), min(case_rub)
        FROM (SELECT sum(claimed_rub) AS case_rub FROM read_parquet($court_list) GROUP BY case_id)
    ) USING (list_code)
    WHERE rows >= TRY_CAST(most AS BIGINT)
),
full_accounts AS (
    SELECT account_id, 'debt_receipts' AS list_code FROM read_parquet($dispatches), (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)) AS night
    WHERE list_code = 'debt_receipts' AND dispatched_on BETWEEN night.on - 29 AND night.on
    GROUP BY account_id HAVING count(DISTINCT dispatched_on) >= $receipts_a_month::INTEGER
),
lumps AS (
    SELECT account_id, creditor_id, 'debt_receipts' AS list_code, sum(outstanding_rub) AS lump_rub
    FROM read_parquet($open_items)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed AND charge_month IS NULL
    GROUP BY ALL
),
debts AS (
    SELECT account_id, creditor_id, episode_id, claimed_rub, next_action_on,
           CASE next_action_code WHEN 'debt_receipt' THEN 'debt_receipts' WHEN 'court_order' THEN 'court_list' WHEN 'claim' THEN 'court_list' END
           AS list_code
    FROM read_parquet($debtors)
),
due AS (
    SELECT debts.* EXCLUDE (claimed_rub), claimed_rub - coalesce(lump_rub, 0) AS claimed_rub
    FROM debts LEFT JOIN lumps USING (account_id, creditor_id, list_code)
)
SELECT due.account_id, due.claimed_rub AS difference_rub
FROM due JOIN read_parquet($debtor_lists) AS told USING (list_code)
LEFT JOIN full_lists ON full_lists.list_code = due.list_code
ANTI JOIN full_accounts ON full_accounts.account_id = due.account_id AND full_accounts.list_code = due.list_code
LEFT JOIN listed ON listed.list_code = due.list_code AND listed.episode_id = due.episode_id
WHERE told.status_code = 'ready' AND due.next_action_on <= told.run_on AND listed.episode_id IS NULL
   AND (full_lists.list_code IS NULL OR due.claimed_rub > full_lists.least_rub)
ORDER BY due.account_id
