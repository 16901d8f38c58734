-- Every proposal stands where persons have put it: one over a limit is proposed only when approved, and the latest
-- decision registered on it or on its batch holds. A decision that names a sum counts while the proposal has that sum; one
-- on a batch counts from the day on which the documents that should carry the batch are issued: before, the batch grows.
-- A proposal for a lapse of verification falls without a person when an act says that the meter was verified all the month.
-- A decision on one half of what moves between accounts is one on both: the id of the other is that of the one read backwards.
WITH decisions AS (
    SELECT subject_code, subject_id, decision_code, difference_kop, registered_at, event_id FROM read_parquet($approvals)
    UNION ALL
    SELECT subject_code, reverse(subject_id), decision_code, -difference_kop, registered_at, event_id FROM read_parquet($approvals)
    WHERE subject_code = 'proposal'
),
meant AS (
    SELECT proposal.proposal_id, decision.decision_code, decision.registered_at, decision.event_id
    FROM read_parquet($recalculations) AS proposal JOIN decisions AS decision
      ON CASE decision.subject_code WHEN 'batch' THEN proposal.batch_id ELSE proposal.proposal_id END = decision.subject_id
    LEFT JOIN read_parquet($cycles) AS cycle ON cycle.billing_month = proposal.lands_in_month
    WHERE CASE decision.subject_code
          WHEN 'batch' THEN decision.registered_at >= timezone('Europe/Moscow', CAST(cycle.issue_on AS TIMESTAMP))
          ELSE decision.difference_kop IS NULL
               OR decision.difference_kop = CAST(proposal.difference_rub * 100 AS BIGINT) END
),
latest AS (
    SELECT proposal_id, decision_code FROM meant
    QUALIFY row_number() OVER (PARTITION BY proposal_id ORDER BY registered_at DESC, event_id DESC) = 1
),
stood AS (
    SELECT now.account_id, now.proposal_id, now.status_code, latest.decision_code,
           coalesce(before.status_code,
                    CASE WHEN now.waiting_reason_code IS NOT NULL THEN 'waits_for_approval' ELSE 'proposed' END) AS before_code
    FROM read_parquet($recalculations) AS now
    LEFT JOIN read_parquet($state_recalculations) AS before USING (proposal_id)
    LEFT JOIN latest USING (proposal_id)
    WHERE now.status_code IN ('proposed', 'waits_for_approval', 'rejected')
      AND NOT (now.cause_code = 'verification_lapse' AND now.status_code = 'rejected' AND EXISTS (
          SELECT 1 FROM read_parquet($meter_acts_here) AS act
          WHERE act.account_id = now.account_id AND act_code = 'verified'
            AND starts_with(now.event_id, 'lapse:' || act.meter_id || ':')
            AND last_day(now.charge_month) BETWEEN act.effective_from AND act.verified_until))
)
SELECT account_id FROM stood
WHERE status_code IS DISTINCT FROM CASE
    WHEN decision_code = 'rejected' THEN 'rejected'
    WHEN before_code = 'waits_for_approval' AND decision_code = 'approved' THEN 'proposed'
    ELSE before_code END
ORDER BY account_id
