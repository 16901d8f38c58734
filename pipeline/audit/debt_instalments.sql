-- An instalment is kept while what was due by last night has been paid: agreed less what of the debts due before the
-- signing is open. Who keeps one is on no list; the table tells the status of every agreement that counts.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
parts AS (FROM read_parquet($instalment_agreements), night WHERE signed_on <= night.on),
last AS (
    SELECT account_id, creditor_id, arg_max(agreement_id, (signed_on, registered_at, agreement_id)) AS agreement_id
    FROM parts GROUP BY ALL
),
signed AS (
    SELECT account_id, creditor_id, agreement_id, any_value(signed_on) AS signed_on, sum(part_kop) AS agreed,
           coalesce(sum(part_kop) FILTER (part_due_on < parts.on), 0) AS due
    FROM parts SEMI JOIN last USING (account_id, creditor_id, agreement_id) GROUP BY ALL
),
counted AS (
    SELECT signed.account_id, signed.creditor_id, agreement_id, agreed, due,
           100 * coalesce(sum(outstanding_rub) FILTER (
               debt_kind_code IN ('principal', 'capital_repair') AND NOT is_disputed AND due_on < signed_on), 0) AS open
    FROM signed LEFT JOIN read_parquet($open_items) AS item
      ON item.account_id = signed.account_id AND item.creditor_id = signed.creditor_id
    GROUP BY ALL
),
judged AS (
    SELECT account_id, creditor_id, agreement_id,
           CASE WHEN open = 0 THEN 'finished' WHEN agreed - open >= due OR due = 0 THEN 'kept' ELSE 'broken' END AS status
    FROM counted
),
listed AS (
    SELECT unnest(episode_ids) AS episode_id FROM read_parquet($sms_list)
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
WHERE judged.status IS DISTINCT FROM told.status_code
UNION
SELECT account_id FROM named SEMI JOIN (FROM judged WHERE status = 'kept') AS kept USING (account_id, creditor_id)
ORDER BY account_id
