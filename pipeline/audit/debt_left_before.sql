-- What has left in an episode is not listed again, and no stage goes back.
WITH
-- shared: listed_episodes
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
