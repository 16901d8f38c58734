-- Nobody is on a list twice, in whichever part, nobody is both written to and called, and no debt is both told of and
-- sent a receipt in one night.
WITH listed AS (
    SELECT 'sms_list' AS list_code, unnest(episode_ids) AS episode_id FROM read_parquet($sms_list)
    UNION ALL
    SELECT 'call_list', unnest(episode_ids) FROM read_parquet($call_list)
    UNION ALL
    SELECT 'debt_receipts', episode_id FROM read_parquet($debt_receipts)
    UNION ALL
    SELECT 'court_list', episode_id FROM read_parquet($court_list)
)
SELECT person_id AS account_id
FROM (SELECT person_id FROM read_parquet($sms_list) UNION ALL SELECT person_id FROM read_parquet($call_list))
GROUP BY person_id HAVING count(*) > 1
UNION ALL
SELECT any_value(coalesce(debtor.account_id, listed.episode_id))
FROM listed LEFT JOIN read_parquet($debtors) AS debtor USING (episode_id)
GROUP BY listed.episode_id HAVING count(*) > 1
ORDER BY account_id
