-- Every open proposal of the state is here again with the same sums, and nothing finished comes back. What a person has
-- approved to give back to a closed account is here only with what a document has made of it.
SELECT before.account_id, CAST(coalesce(now.difference_rub, 0) * 100 - before.difference_rub * 100 AS BIGINT) AS difference_kop
FROM read_parquet($state_recalculations) AS before
LEFT JOIN read_parquet($recalculations) AS now USING (proposal_id)
WHERE CASE WHEN before.cause_code = 'closed_account_credit' AND before.status_code = 'proposed'
           THEN coalesce(now.status_code = 'proposed', FALSE)
           ELSE (before.status_code IN ('proposed', 'mismatch', 'waits_for_approval')) <> (now.proposal_id IS NOT NULL) END
   OR now.difference_rub <> before.difference_rub OR now.lands_in_month <> before.lands_in_month
   OR now.batch_id <> before.batch_id
ORDER BY before.account_id
