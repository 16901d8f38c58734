-- Lists are a part of the debtors: the stage of the list is the next one, its day has come, and something is claimed.
WITH
-- shared: listed_episodes
night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists))
SELECT coalesce(debtor.account_id, listed.episode_id) AS account_id, listed.list_code,
       coalesce(debtor.claimed_rub, 0) AS difference_rub
FROM listed LEFT JOIN read_parquet($debtors) AS debtor USING (episode_id)
CROSS JOIN night
WHERE debtor.account_id IS NULL OR debtor.claimed_rub <= 0
   OR (debtor.next_action_on <= night.on) IS NOT TRUE
   OR CASE listed.list_code WHEN 'sms_list' THEN debtor.next_action_code NOT IN ('reminder', 'sms')
           WHEN 'call_list' THEN debtor.next_action_code <> 'call'
           WHEN 'debt_receipts' THEN debtor.next_action_code <> 'debt_receipt'
           ELSE debtor.next_action_code NOT IN ('court_order', 'claim') OR debtor.track_code <> 'court' END
ORDER BY account_id
