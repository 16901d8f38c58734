-- Late registries, registries that differ and lists that wait: each in the queue with what is at stake.
WITH usual AS (
    SELECT provider_code, arg_max(abs(total_rub), (received_on, registry_id)) AS rub
    FROM read_parquet($known_registries) GROUP BY provider_code
),
late AS (
    SELECT provider_code, expected_on, count(DISTINCT covers_until) AS registries
    FROM read_parquet($awaited_registries) WHERE status_code = 'late' GROUP BY ALL
),
due AS (
    SELECT list.list_code, CAST(sum(debtor.claimed_rub) AS DECIMAL(18, 2)) AS rub
    FROM read_parquet($debtors) AS debtor
    JOIN (VALUES ('reminder', 'sms_list'), ('sms', 'sms_list'), ('call', 'call_list'), ('debt_receipt', 'debt_receipts'),
                 ('court_order', 'court_list'), ('claim', 'court_list')) AS step(stage_code, list_code)
      ON step.stage_code = debtor.next_action_code
    JOIN read_parquet($debtor_lists) AS list ON list.list_code = step.list_code
    WHERE debtor.next_action_on <= list.run_on
    GROUP BY ALL
),
expected AS (
    SELECT 'late_registry' AS kind_code, concat_ws(':', provider_code, expected_on) AS subject, registries,
           CAST(registries * coalesce(rub, 0) AS DECIMAL(18, 2)) AS rub
    FROM late LEFT JOIN usual USING (provider_code)
    UNION ALL
    SELECT 'registry_difference', registry_id, 1, abs(CASE status_code
        WHEN 'statement_differs' THEN statement_rub WHEN 'not_announced' THEN 0 ELSE declared_rub END - listed_rub)
    FROM read_parquet($registry_reconciliation) WHERE status_code <> 'reconciled'
    UNION ALL
    SELECT 'list_awaiting_registry', list_code, 1, coalesce(due.rub, 0)
    FROM read_parquet($debtor_lists) LEFT JOIN due USING (list_code) WHERE status_code = 'awaiting_registries'
),
queued AS (
    SELECT kind_code, CASE kind_code WHEN 'registry_difference' THEN registry_id
                                     WHEN 'list_awaiting_registry' THEN list_code
                                     ELSE concat_ws(':', provider_code, waiting_since_on) END AS subject,
           count(*) AS registries, CAST(sum(effect_rub) AS DECIMAL(18, 2)) AS rub
    FROM read_parquet($work_queue)
    WHERE kind_code IN ('late_registry', 'registry_difference', 'list_awaiting_registry') GROUP BY ALL
)
SELECT coalesce(expected.subject, queued.subject) AS subject, coalesce(queued.rub, 0) - coalesce(expected.rub, 0) AS difference_rub
FROM expected FULL JOIN queued USING (kind_code, subject)
WHERE expected.rub IS DISTINCT FROM queued.rub OR expected.registries IS DISTINCT FROM queued.registries
ORDER BY subject
