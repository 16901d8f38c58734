-- Decisions registered in this cycle on a proposal or batch that nobody has made, or that is gone already.
SELECT decision.subject_id AS account_id
FROM read_parquet($approvals) AS decision
WHERE decision.registered_at >= CAST($cycle_start AS TIMESTAMPTZ)
  AND decision.subject_id NOT IN (
      SELECT proposal_id FROM read_parquet($recalculations) UNION SELECT batch_id FROM read_parquet($recalculations))
ORDER BY account_id
