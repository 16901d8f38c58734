-- What this cycle billed of proposals equals the lines of their batch: every line is counted once, per account, contract and
-- service; what is billed equals what was proposed.
WITH ours AS (
    SELECT batch_id, account_id, contract_id, service_code,
           sum(CASE WHEN recalculated_kop <> 0 THEN recalculated_kop ELSE charged_kop END) AS line_kop
    FROM read_parquet($charges)
    WHERE batch_id IS NOT NULL AND document_id NOT IN (
        SELECT supersedes_document_id FROM read_parquet($billing_documents) WHERE supersedes_document_id IS NOT NULL)
    GROUP BY ALL
),
proposals AS (
    SELECT now.batch_id, now.account_id, now.contract_id, now.service_code,
           sum(CAST((coalesce(now.billed_rub, 0) - coalesce(before.billed_rub, 0)) * 100 AS HUGEINT)) AS billed_kop,
           bool_and(now.status_code <> 'billed' OR now.billed_rub = now.difference_rub) AS is_equal
    FROM read_parquet($recalculations) AS now LEFT JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    WHERE now.status_code IN ('billed', 'mismatch')
       OR (now.status_code <> 'settled_by_biller' AND now.batch_id IN (SELECT batch_id FROM ours))
    GROUP BY ALL
)
SELECT proposals.account_id, CAST(billed_kop - coalesce(line_kop, 0) AS BIGINT) AS difference_kop
FROM proposals LEFT JOIN ours USING (batch_id, account_id, contract_id, service_code)
WHERE NOT is_equal OR coalesce(line_kop, 0) <> billed_kop
ORDER BY proposals.account_id
