-- Every proposal of the month is answered once, as it stands and with its sums; every live line that bills a batch and meets
-- no proposal open when the cycle began is answered as such; nothing else is.
WITH open AS (
    SELECT DISTINCT batch_id, account_id, contract_id, service_code FROM read_parquet($state_recalculations)
    WHERE status_code IN ('proposed', 'mismatch', 'waits_for_approval')
),
expected AS (
    SELECT proposal_id AS answer_id, batch_id, account_id, difference_rub AS proposed_rub, billed_rub,
           CASE status_code WHEN 'billed' THEN 'accepted' WHEN 'settled_by_biller' THEN 'settled'
                WHEN 'mismatch' THEN 'mismatched' WHEN 'proposed' THEN 'open' WHEN 'waits_for_approval' THEN 'waiting'
                WHEN 'rejected' THEN 'refused' END AS outcome_code
    FROM read_parquet($recalculations)
    UNION ALL
    -- approved for a closed account, and no document brought it
    SELECT proposal_id, batch_id, account_id, difference_rub, billed_rub, 'for_refunds'
    FROM read_parquet($state_recalculations) AS before ANTI JOIN read_parquet($recalculations) AS now USING (proposal_id)
    WHERE before.cause_code = 'closed_account_credit' AND before.status_code = 'proposed'
    UNION ALL
    SELECT line.document_id || '|' || line.line_number, line.batch_id, line.account_id, 0,
           CAST(CASE WHEN recalculated_kop <> 0 THEN recalculated_kop ELSE charged_kop END AS DECIMAL(18, 0)) * 0.01, 'unmet'
    FROM read_parquet($charges) AS line ANTI JOIN open USING (batch_id, account_id, contract_id, service_code)
    WHERE line.batch_id IS NOT NULL AND NOT contains(line.batch_id, ':penalty:') AND line.document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
)
SELECT coalesce(told.account_id, expected.account_id) AS account_id,
       coalesce(told.proposed_rub, 0) - coalesce(expected.proposed_rub, 0)
           + coalesce(told.billed_rub, 0) - coalesce(expected.billed_rub, 0) AS difference_rub
FROM expected FULL JOIN read_parquet($acceptance_lines) AS told USING (answer_id, batch_id)
WHERE (told.outcome_code, told.proposed_rub, told.billed_rub)
      IS DISTINCT FROM (expected.outcome_code, expected.proposed_rub, expected.billed_rub)
ORDER BY 1
