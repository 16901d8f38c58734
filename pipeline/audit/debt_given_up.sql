-- Nobody is written to or called at a number that was told to be wrong or whose person has refused, unless it was confirmed since.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
told AS (
    SELECT person_id, max(outcome_on) AS told_on
    FROM read_parquet($dunning_outcomes) JOIN read_parquet($dispatches) USING (action_id), night
    WHERE outcome_code IN ('wrong_number', 'refused') AND outcome_on <= night.on AND person_id IS NOT NULL
    GROUP BY ALL
)
SELECT account_ids[1] AS account_id
FROM (
    SELECT account_ids, person_id FROM read_parquet($sms_list)
    UNION ALL SELECT account_ids, person_id FROM read_parquet($call_list)
) JOIN told USING (person_id) LEFT JOIN read_parquet($contacts) AS contact USING (person_id)
WHERE (phone_verified_on > told_on) IS NOT TRUE
ORDER BY account_id
