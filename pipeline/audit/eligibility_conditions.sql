-- Decisions that do not follow from their own conditions, and sums and moments that contradict them.
SELECT account_id, document_id
FROM read_parquet($eligibility)
WHERE is_eligible <> (is_served AND is_bill_complete AND is_paid_in_full AND is_paid_online
                      AND is_paid_before_next_issue AND is_free_of_past_debt AND has_no_reversed_bonus)
   OR is_eligible <> (first_failed_code IS NULL)
   OR first_failed_code IS DISTINCT FROM CASE
        WHEN NOT is_served THEN 'is_served'
        WHEN NOT is_bill_complete THEN 'is_bill_complete'
        WHEN NOT is_paid_in_full THEN 'is_paid_in_full'
        WHEN NOT is_paid_online THEN 'is_paid_online'
        WHEN NOT is_paid_before_next_issue THEN 'is_paid_before_next_issue'
        WHEN NOT is_free_of_past_debt THEN 'is_free_of_past_debt'
        WHEN NOT has_no_reversed_bonus THEN 'has_no_reversed_bonus' END
   OR (is_eligible AND (covered_at IS NULL OR len(covering_payment_ids) = 0 OR missing_rub IS NOT NULL
                        OR missing_days IS NOT NULL OR covered_at AT TIME ZONE 'Europe/Moscow' >= next_issue_on))
   OR (entitlement_id IS NOT NULL) <> (is_eligible AND is_final)
ORDER BY account_id
