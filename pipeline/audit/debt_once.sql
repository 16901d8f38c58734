-- Nobody is on a list twice, in whichever part, nobody is both written to and called, and no debt is both told of and
-- sent a receipt in one night.
WITH
-- shared: listed_episodes
contacted AS (
    SELECT person_id FROM read_parquet($sms_list) UNION ALL SELECT person_id FROM read_parquet($call_list)
)
SELECT person_id AS account_id
FROM contacted GROUP BY person_id HAVING count(*) > 1
UNION ALL
SELECT any_value(coalesce(debtor.account_id, listed.episode_id))
FROM listed LEFT JOIN read_parquet($debtors) AS debtor USING (episode_id)
GROUP BY listed.episode_id HAVING count(*) > 1
ORDER BY account_id
