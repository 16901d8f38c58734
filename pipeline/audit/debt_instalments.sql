-- An instalment is kept while what was due by last night has been paid since the signing on the debts due by it. One for
-- another sum than those debts is a doubt until a person accepts that difference; a void one does not count. Who keeps one or is doubted is on no list; the table tells status and paid sum
-- of every agreement that counts.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
decided AS (
    SELECT subject_id, arg_max({'code': decision_code, 'kop': amount_kop}, (registered_at, event_id)) AS last
    FROM read_parquet($debt_decisions) WHERE subject_code = 'instalment_doubt' GROUP BY ALL
),
parts AS (
    SELECT agreement.*, night.on FROM read_parquet($instalment_agreements) AS agreement, night
    WHERE signed_on <= night.on AND account_id || ':' || creditor_id || ':' || agreement_id NOT IN (
        SELECT subject_id FROM decided WHERE last.code = 'void')
),
last AS (
    SELECT account_id, creditor_id, arg_max(agreement_id, (signed_on, registered_at, agreement_id)) AS agreement_id
    FROM parts GROUP BY ALL
),
signed AS (
    SELECT account_id, creditor_id, agreement_id, any_value(signed_on) AS signed_on, sum(part_kop) AS agreed,
           coalesce(sum(part_kop) FILTER (part_due_on < parts.on), 0) AS due
    FROM parts SEMI JOIN last USING (account_id, creditor_id, agreement_id) GROUP BY ALL
),
moved AS (
    -- whole kopecks: a division would make binary fractions of all sums
    SELECT account_id, creditor_id, debt_kind_code, due_on, paid_at, (100 * allocated_rub)::BIGINT AS kop
    FROM read_parquet($payment_allocations)
    UNION ALL
    SELECT account_id, creditor_id, debt_kind_code, due_on, paid_at, allocated_kop AS kop FROM read_parquet($paid_before)
),
paid AS (
    SELECT signed.account_id, signed.creditor_id, greatest(0, sum(kop)) AS paid
    FROM signed JOIN moved ON moved.account_id = signed.account_id AND moved.creditor_id = signed.creditor_id
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND due_on <= signed_on
      AND (paid_at AT TIME ZONE 'Europe/Moscow')::DATE >= signed_on
    GROUP BY ALL
),
owing AS (
    SELECT signed.account_id, signed.creditor_id, agreement_id, agreed, due,
           100 * coalesce(sum(outstanding_rub) FILTER (
               debt_kind_code IN ('principal', 'capital_repair') AND NOT is_disputed AND due_on <= signed_on), 0) AS open
    FROM signed LEFT JOIN read_parquet($open_items) AS item
      ON item.account_id = signed.account_id AND item.creditor_id = signed.creditor_id
    GROUP BY ALL
),
judged AS (
    SELECT account_id, creditor_id, agreement_id, coalesce(paid, 0) AS paid, open + coalesce(paid, 0) AS debt,
           CASE WHEN open = 0 THEN 'finished'
                WHEN agreed <> open + coalesce(paid, 0)
                     AND NOT coalesce(last.code = 'accept' AND last.kop = abs(agreed - open - coalesce(paid, 0)), false) THEN 'does_not_match_debt'
                WHEN coalesce(paid, 0) >= due THEN 'kept' ELSE 'broken' END AS status
    FROM owing LEFT JOIN paid USING (account_id, creditor_id)
    LEFT JOIN decided ON subject_id = account_id || ':' || creditor_id || ':' || agreement_id
),
listed AS (
    SELECT unnest(episode_ids) AS episode_id FROM read_parquet($sms_list)
    UNION ALL SELECT unnest(episode_ids) FROM read_parquet($call_list)
    UNION ALL SELECT episode_id FROM read_parquet($debt_receipts)
    UNION ALL SELECT episode_id FROM read_parquet($court_list)
),
named AS (
    SELECT account_id, creditor_id FROM listed JOIN read_parquet($debtors) USING (episode_id)
    UNION ALL
    SELECT account_id, creditor_id FROM read_parquet($restriction_list)
    WHERE next_action_code <> 'restore' AND next_action_on IS NOT NULL
)
SELECT coalesce(judged.account_id, told.account_id) AS account_id
FROM judged FULL JOIN read_parquet($instalments) AS told USING (account_id, creditor_id, agreement_id)
WHERE judged.status IS DISTINCT FROM told.status_code OR judged.paid IS DISTINCT FROM 100 * told.paid_rub
   OR judged.debt IS DISTINCT FROM 100 * told.debt_rub
UNION
SELECT account_id FROM named SEMI JOIN (FROM judged WHERE status IN ('kept', 'does_not_match_debt')) AS kept USING (account_id, creditor_id)
ORDER BY account_id
