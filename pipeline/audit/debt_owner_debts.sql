-- Owners of municipal flats: every overdue fee of a month in which nobody lived in the flat, and every overdue capital repair there,
-- stands in the list of its account and creditor, and nobody of the account may be asked for it. A flat is known to stand empty when a
-- tenancy or a registration had ended before the month and none has a day of it.
WITH municipal AS (SELECT account_id, premises_id FROM read_parquet($accounts) WHERE account_kind_code = 'municipal_tenant'),
stays AS (
    SELECT premises_id, valid_from, coalesce(valid_to, DATE '9999-12-31') AS valid_to FROM (
        SELECT premises_id, valid_from, valid_to FROM read_parquet($rights) WHERE role_code = 'tenant'
        UNION ALL
        SELECT premises_id, valid_from, valid_to FROM read_parquet($registrations) WHERE person_id IS NOT NULL OR persons_count > 0
    ) SEMI JOIN municipal USING (premises_id)
),
items AS (
    SELECT item.account_id, item.creditor_id, debt_kind_code, charge_month, coalesce(charge_month, billing_month) AS month, outstanding_rub AS rub,
           is_disputed, is_time_barred, due_on, premises_id
    FROM read_parquet($open_items) AS item JOIN municipal USING (account_id)
    WHERE days_overdue > 0 AND debt_kind_code IN ('principal', 'capital_repair')
),
owners AS (
    SELECT * FROM items
    WHERE debt_kind_code = 'capital_repair'
       OR charge_month IS NOT NULL
          AND NOT EXISTS (FROM stays WHERE stays.premises_id = items.premises_id AND valid_from <= last_day(charge_month) AND valid_to >= charge_month)
          AND EXISTS (FROM stays WHERE stays.premises_id = items.premises_id AND valid_to < charge_month)
),
expected AS (
    SELECT account_id, creditor_id, sum(rub) AS rub, coalesce(sum(rub) FILTER (debt_kind_code = 'principal'), 0) AS fee,
           coalesce(sum(rub) FILTER (is_time_barred), 0) AS barred, min(month) AS first_month, max(month) AS last_month,
           min(due_on) AS due_on, bool_and(is_disputed) AS is_left_alone
    FROM owners GROUP BY ALL HAVING sum(rub) > 0
)
SELECT coalesce(listed.account_id, expected.account_id) AS account_id, coalesce(total_rub, 0) - coalesce(rub, 0) AS difference_rub
FROM expected FULL JOIN read_parquet($owner_debts) AS listed USING (account_id, creditor_id)
WHERE total_rub IS DISTINCT FROM rub OR fee_rub <> fee OR barred_rub <> barred OR from_month <> first_month OR to_month <> last_month
   OR oldest_due_on <> due_on OR NOT is_left_alone
ORDER BY account_id
