-- What goes to court keeps the rule book: an order within its limit, a claim above it, by the whole case; at least the smallest sum, or the lowest
-- duty where limitation is near; old enough; announced by a debt receipt long enough ago unless limitation is near.
WITH listed AS (
    SELECT court.*, debtor.claim_due_on, notice.previous_stage_code, notice.previous_stage_on,
           sum(court.claimed_rub + court.penalty_rub) OVER (PARTITION BY case_id) AS case_rub,
           coalesce(limitation_on <= run_on + to_months($near_months::INTEGER), false) AS is_near
    FROM read_parquet($court_list) AS court
    JOIN read_parquet($debtors) AS debtor USING (episode_id)
    LEFT JOIN read_parquet($debtors) AS notice
      ON notice.account_id = court.account_id AND notice.creditor_id = court.creditor_id AND notice.track_code = 'notice'
)
SELECT account_id, claimed_rub AS difference_rub FROM listed
WHERE stage_code <> CASE WHEN case_rub > $limit_rub::DECIMAL(18, 2) THEN 'claim' ELSE 'court_order' END
   OR claimed_rub < CASE WHEN is_near THEN $duty_rub::DECIMAL(18, 2) ELSE $least_rub::DECIMAL(18, 2) END
   OR (run_on >= claim_due_on + to_months($months::INTEGER)) IS NOT TRUE
   OR (NOT is_near AND (previous_stage_code = 'debt_receipt'
                        AND run_on >= previous_stage_on + $wait_days::INTEGER) IS NOT TRUE)
ORDER BY account_id
