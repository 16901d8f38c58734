-- Eligible documents of accounts that the centre does not serve in full.
SELECT e.account_id, e.document_id
FROM read_parquet($eligibility) e
LEFT JOIN read_parquet($accounts) a USING (account_id)
WHERE e.is_eligible AND NOT coalesce(a.is_served AND a.mode_code = 'full', false)
ORDER BY e.account_id
