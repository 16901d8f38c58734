-- Set-offs: every account that owes a creditor something overdue (not disputed, by months, in limitation) while advances ring-fenced to
-- the same creditor lie on it, for the lesser of the two, unless it is too little or a hold stands against it; and no other.
WITH debts AS (
    SELECT account_id, creditor_id, sum(outstanding_rub) AS debt, min(billing_month) AS first_month, max(billing_month) AS last_month,
           min(due_on) AS due_on
    FROM read_parquet($open_items)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed AND NOT is_time_barred
      AND charge_month IS NOT NULL
    GROUP BY ALL
),
credits AS (
    SELECT account_id, creditor_id, sum(amount_rub) AS credit FROM read_parquet($advances)
    WHERE creditor_id IS NOT NULL AND contract_reference IS NULL GROUP BY ALL
),
held AS (
    SELECT account_id, creditor_id FROM read_parquet($debtors)
    WHERE track_code = 'notice' AND list_has_any(holds, string_split($against, ','))
),
expected AS (
    SELECT *, least(debt, credit) AS rub FROM debts JOIN credits USING (account_id, creditor_id)
    ANTI JOIN held USING (account_id, creditor_id)
    WHERE least(debt, credit) >= $least_rub::DECIMAL(18, 2)
)
SELECT coalesce(listed.account_id, expected.account_id) AS account_id, coalesce(offset_rub, 0) - coalesce(rub, 0) AS difference_rub
FROM expected FULL JOIN read_parquet($offsets_proposed) AS listed USING (account_id, creditor_id)
WHERE offset_rub IS DISTINCT FROM rub OR debt_rub <> debt OR credit_rub <> credit OR from_month <> first_month
   OR to_month <> last_month OR oldest_due_on <> due_on
ORDER BY account_id
