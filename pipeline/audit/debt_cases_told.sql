-- The court cases that the night counts are those of the register; left out is only what was told, by the day a person called
-- the case one of a single account, of another account than the one told last.
WITH last AS (
    SELECT court_case_id, arg_max(account_id, (registered_at, event_id)) AS account_id FROM read_parquet($court_cases_register) GROUP BY ALL
),
decided AS (
    SELECT subject_id AS court_case_id, max(registered_at) AS at FROM read_parquet($debt_decisions)
    WHERE subject_code = 'several_accounts' GROUP BY ALL
    HAVING arg_max(decision_code, (registered_at, event_id)) = 'one_account'
),
expected AS (
    SELECT told.* FROM read_parquet($court_cases_register) AS told JOIN last USING (court_case_id) LEFT JOIN decided USING (court_case_id)
    WHERE told.account_id = last.account_id
       OR coalesce((registered_at AT TIME ZONE 'Europe/Moscow')::DATE > (decided.at AT TIME ZONE 'Europe/Moscow')::DATE, true)
),
counted AS (FROM read_parquet($court_cases))
SELECT account_id FROM (
    (FROM expected EXCEPT FROM counted) UNION ALL (FROM counted EXCEPT FROM expected)
) ORDER BY account_id
