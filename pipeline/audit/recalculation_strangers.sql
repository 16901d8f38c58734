-- Decisions registered in this cycle on a proposal or batch that nobody has made, that is gone already, or on a batch
-- that still grows: it is not heard.
SELECT decision.subject_id AS account_id
FROM read_parquet($approvals) AS decision
WHERE decision.registered_at >= CAST($cycle_start AS TIMESTAMPTZ)
  AND decision.subject_id NOT IN (
      SELECT proposal_id FROM read_parquet($recalculations) 
      UNION
      SELECT proposal.batch_id
      FROM read_parquet($recalculations) AS proposal
      JOIN read_parquet($cycles) AS cycle ON cycle.billing_month = proposal.lands_in_month
      WHERE decision.registered_at >= timezone('Europe/Moscow', CAST(cycle.issue_on AS TIMESTAMP)))
ORDER BY account_id
