-- Only accounts of citizens that the centre serves, or that a creditor's mandate gave to it, are on lists; and no receipt
-- goes to the flat of an account that is closed.
WITH
-- shared: listed_episodes
night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists))
SELECT DISTINCT debtor.account_id, list_code
FROM listed CROSS JOIN night JOIN read_parquet($debtors) AS debtor USING (episode_id)
LEFT JOIN read_parquet($accounts) AS account ON account.account_id = debtor.account_id
WHERE account.account_id IS NULL OR account.account_kind_code = 'organisation' OR (NOT account.is_served AND debtor.mandate_id IS NULL)
   OR (list_code = 'debt_receipts' AND account.closed_on < night.on)
ORDER BY ALL
