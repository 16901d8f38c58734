-- Eligible documents of the month whose account has an incomplete bill.
SELECT e.account_id, e.document_id
FROM read_parquet($eligibility) e
JOIN (
    SELECT DISTINCT account_id FROM read_parquet($incomplete_bills) WHERE reason_code <> 'earlier_document_rejected'
) b USING (account_id)
WHERE e.is_eligible AND e.billing_month = CAST($month AS DATE)
ORDER BY e.account_id
