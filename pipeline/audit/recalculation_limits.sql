-- Every new proposal over its own limit or its account's says so, and none that says so is under it. What an account is
-- usually billed is not asked here; slices of the book are asked apart (`recalculation_slices.sql`).
WITH made AS (
    SELECT now.account_id, now.cause_code, now.waiting_reason_code, now.difference_rub, now.lands_in_month,
           NOT list_contains(string_split($exempt_causes, ','), now.cause_code) AS is_limited,
           list_contains(string_split($waiting_causes, ','), now.cause_code) AS is_of_policy
    FROM read_parquet($recalculations) AS now
    ANTI JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
),
much AS (
    SELECT account_id, lands_in_month FROM made WHERE is_limited GROUP BY ALL
    HAVING abs(sum(difference_rub)) > CAST($account_month_rub AS DECIMAL(18, 2))
),
told AS (
    SELECT account_id, waiting_reason_code, is_of_policy,
           abs(difference_rub) >= CAST($approval_from_rub AS DECIMAL(18, 2)) AS is_large,
           is_limited AND much.account_id IS NOT NULL AS is_much
    FROM made LEFT JOIN much USING (account_id, lands_in_month)
)
SELECT account_id FROM told
WHERE is_large <> coalesce(waiting_reason_code = 'large_proposal', false)
   OR (NOT is_large AND is_of_policy <> coalesce(waiting_reason_code = 'by_policy', false))
   OR (NOT is_large AND NOT is_of_policy AND is_much <> coalesce(waiting_reason_code = 'account_month', false))
ORDER BY account_id
