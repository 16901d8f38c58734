-- Every doubt of the debt room that only a person can end is in the queue with the sum at stake: agreements for another sum
-- than the debt, services cut off too early, money collected twice that nobody has decided for this sum.
WITH decided AS (
    SELECT subject_id, arg_max(amount_kop, (registered_at, event_id)) AS kop FROM read_parquet($debt_decisions)
    WHERE subject_code = 'double_recovery' GROUP BY ALL
),
waiting AS (
    SELECT account_id || ':' || creditor_id || ':' || agreement_id AS subject, 'instalment_doubt' AS kind_code,
           abs(agreed_rub - debt_rub) AS rub
    FROM read_parquet($instalments) WHERE status_code = 'does_not_match_debt'
    UNION ALL
    SELECT account_id || ':' || creditor_id || ':' || service_code || ':' || stage_on, 'early_restriction', claimed_rub
    FROM read_parquet($restriction_list) WHERE list_contains(blocked_by, 'restricted_too_early')
    UNION ALL
    SELECT court_case_id, 'double_recovery', double_rub
    FROM read_parquet($court_standing) LEFT JOIN decided ON subject_id = court_case_id
    WHERE double_rub > 0 AND decided.kop IS DISTINCT FROM double_rub * 100
),
queued AS (
    SELECT subject_id AS subject, kind_code, effect_rub AS rub FROM read_parquet($work_queue)
    WHERE kind_code IN ('instalment_doubt', 'early_restriction', 'double_recovery')
)
SELECT coalesce(waiting.subject, queued.subject) AS subject, coalesce(queued.rub, 0) - coalesce(waiting.rub, 0) AS difference_rub
FROM waiting FULL JOIN queued USING (subject, kind_code)
WHERE waiting.rub IS DISTINCT FROM queued.rub
ORDER BY subject
