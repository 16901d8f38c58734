-- Only accounts of citizens that the centre serves, or that a creditor's mandate gave to it, are on lists; and no receipt
-- goes to the flat of an account that is closed.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
listed AS (
    SELECT 'sms_list' AS list_code, unnest(episode_ids) AS episode_id FROM read_parquet($sms_list)
    UNION ALL
    SELECT 'call_list', unnest(episode_ids) FROM read_parquet($call_list)
    UNION ALL
    SELECT 'debt_receipts', episode_id FROM read_parquet($debt_receipts)
    UNION ALL
    SELECT 'court_list', episode_id FROM read_parquet($court_list)
)
SELECT DISTINCT debtor.account_id, list_code
FROM listed CROSS JOIN night JOIN read_parquet($debtors) AS debtor USING (episode_id)
LEFT JOIN read_parquet($accounts) AS account ON account.account_id = debtor.account_id
WHERE account.account_id IS NULL OR account.account_kind_code = 'organisation' OR (NOT account.is_served AND debtor.mandate_id IS NULL)
   OR (list_code = 'debt_receipts' AND account.closed_on < night.on)
ORDER BY ALL
