-- Lists are a part of the debtors: the stage of the list is the next one, its day has come, and something is claimed.
WITH listed AS (
    SELECT 'sms_list' AS list_code, unnest(episode_ids) AS episode_id FROM read_parquet($sms_list)
    UNION ALL
    SELECT 'call_list', unnest(episode_ids) FROM read_parquet($call_list)
    UNION ALL
    SELECT 'debt_receipts', episode_id FROM read_parquet($debt_receipts)
    UNION ALL
    SELECT 'court_list', episode_id FROM read_parquet($court_list)
)
SELECT coalesce(debtor.account_id, listed.episode_id) AS account_id, listed.list_code,
       coalesce(debtor.claimed_rub, 0) AS difference_rub
FROM listed LEFT JOIN read_parquet($debtors) AS debtor USING (episode_id)
CROSS JOIN (SELECT max(run_on) AS night FROM read_parquet($debtor_lists))
WHERE debtor.account_id IS NULL OR debtor.claimed_rub <= 0
   OR (debtor.next_action_on <= night) IS NOT TRUE
   OR CASE listed.list_code WHEN 'sms_list' THEN debtor.next_action_code NOT IN ('reminder', 'sms')
           WHEN 'call_list' THEN debtor.next_action_code <> 'call'
           WHEN 'debt_receipts' THEN debtor.next_action_code <> 'debt_receipt'
           ELSE debtor.next_action_code NOT IN ('court_order', 'claim') OR debtor.track_code <> 'court' END
ORDER BY account_id
