-- Every proposal that waits for approval, was billed or was settled by the biller for another sum, or stays open beside
-- another recalculation of his (nothing of it billed), is in the queue with its difference.
WITH waiting AS (
    SELECT proposal_id AS subject, 'proposal_to_approve' AS kind_code, abs(difference_rub) AS rub
    FROM read_parquet($recalculations) WHERE status_code = 'waits_for_approval'
    UNION ALL
    SELECT proposal_id, 'mismatched_proposal', abs(coalesce(billed_rub, 0) - difference_rub)
    FROM read_parquet($recalculations) WHERE status_code = 'mismatch' OR (status_code = 'proposed' AND billed_rub IS NOT NULL)
       OR (status_code = 'settled_by_biller' AND billed_rub <> difference_rub)
),
queued AS (
    SELECT proposal_id AS subject, kind_code, effect_rub AS rub FROM read_parquet($work_queue)
    WHERE kind_code IN ('proposal_to_approve', 'mismatched_proposal')
)
SELECT coalesce(waiting.subject, queued.subject) AS subject, coalesce(queued.rub, 0) - coalesce(waiting.rub, 0) AS difference_rub
FROM waiting FULL JOIN queued USING (subject, kind_code)
WHERE waiting.rub IS DISTINCT FROM queued.rub
ORDER BY subject
