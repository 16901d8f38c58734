-- Every doubt of the debt room that only a person can end is in the queue with the sum at stake: agreements for another sum
-- than the debt, services cut off too early, money collected twice, cases of several accounts and collected costs that lie
-- on the principal; of the last three those that nobody has decided for this sum. So are accounts
-- whose debts wait for heirs, and tenants billed for capital repair.
WITH decided AS (
    SELECT subject_code, subject_id, arg_max(amount_kop, (registered_at, event_id)) AS kop,
           arg_max(decision_code, (registered_at, event_id)) AS code
    FROM read_parquet($debt_decisions) GROUP BY ALL
),
of_cases AS (
    SELECT court_case_id, unnest([
        {'kind': 'double_recovery', 'rub': double_rub, 'is_doubt': double_rub > 0},
        {'kind': 'several_accounts', 'rub': coalesce(claimed_rub, open_rub), 'is_doubt': list_contains(blocked_by, 'several_accounts')},
        {'kind': 'costs_on_principal', 'rub': on_principal_rub, 'is_doubt': list_contains(blocked_by, 'costs_on_principal')}
    ]) AS doubt
    FROM read_parquet($court_standing)
),
waiting AS (
    SELECT account_id || ':' || creditor_id || ':' || agreement_id AS subject, 'instalment_doubt' AS kind_code,
           abs(agreed_rub - debt_rub) AS rub
    FROM read_parquet($instalments) WHERE status_code = 'does_not_match_debt'
    UNION ALL
    SELECT account_id || ':' || creditor_id || ':' || service_code || ':' || stage_on, 'early_restriction', claimed_rub
    FROM read_parquet($restriction_list) WHERE list_contains(blocked_by, 'restricted_too_early')
    UNION ALL
    SELECT account_id, 'owner_owes', sum(outstanding_rub)
    FROM read_parquet($open_items) SEMI JOIN (
        FROM read_parquet($accounts) WHERE account_kind_code = 'municipal_tenant'
    ) AS tenant USING (account_id)
    WHERE debt_kind_code = 'capital_repair' GROUP BY account_id
    UNION ALL
    SELECT account_id, 'heirs_unknown', sum(total_rub)
    FROM read_parquet($debtors) WHERE track_code = 'notice' AND list_contains(holds, 'death') GROUP BY account_id
    UNION ALL
    SELECT court_case_id, doubt.kind, doubt.rub
    FROM of_cases LEFT JOIN decided
      ON subject_id = court_case_id AND subject_code = doubt.kind AND (subject_code = 'double_recovery' OR code = 'by_hand')
    WHERE doubt.is_doubt AND kop IS DISTINCT FROM doubt.rub * 100
),
queued AS (
    SELECT coalesce(subject_id, account_id) AS subject, kind_code, effect_rub AS rub FROM read_parquet($work_queue)
    WHERE kind_code IN ('instalment_doubt', 'early_restriction', 'double_recovery', 'several_accounts', 'costs_on_principal',
                        'heirs_unknown', 'owner_owes')
)
SELECT coalesce(waiting.subject, queued.subject) AS subject, coalesce(queued.rub, 0) - coalesce(waiting.rub, 0) AS difference_rub
FROM waiting FULL JOIN queued USING (subject, kind_code)
WHERE waiting.rub IS DISTINCT FROM queued.rub
ORDER BY subject
