-- What has left in an episode is not listed again, and no stage goes back.
WITH listed AS (
    SELECT 'sms_list' AS list_code, unnest(episode_ids) AS episode_id FROM read_parquet($sms_list)
    UNION ALL
    SELECT 'call_list', unnest(episode_ids) FROM read_parquet($call_list)
    UNION ALL
    SELECT 'debt_receipts', episode_id FROM read_parquet($debt_receipts)
    UNION ALL
    SELECT 'court_list', episode_id FROM read_parquet($court_list)
),
stages AS (
    FROM (VALUES ('reminder', 1), ('sms', 2), ('call', 3), ('debt_receipt', 4), ('court_order', 5), ('claim', 6)) AS t (stage_code, rank)
),
gone AS (
    SELECT episode_id, max(rank) AS rank FROM read_parquet($dispatches) JOIN stages USING (stage_code) GROUP BY episode_id
)
SELECT DISTINCT debtor.account_id
FROM listed JOIN read_parquet($debtors) AS debtor USING (episode_id)
JOIN stages ON stages.stage_code = debtor.next_action_code
JOIN gone USING (episode_id)
WHERE stages.rank <= gone.rank
ORDER BY account_id
