-- The notice track anew: the last stage is no earlier than what the journal says left in the episode, the next one comes
-- after it, on the later of its age and its wait, once the claim is large enough, and tonight's stage follows from that.
-- Receipts leave lump sums out, so pairs with lumps are held to the order of stages only.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
ranks AS (FROM (VALUES ('none', 0), ('reminder', 1), ('sms', 2), ('debt_receipt', 3)) AS t (stage_code, rank)),
gone AS (
    SELECT episode_id, max(rank) AS rank FROM read_parquet($dispatches) JOIN ranks USING (stage_code) GROUP BY ALL
),
lumps AS (
    SELECT DISTINCT account_id, creditor_id FROM read_parquet($open_items)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed AND charge_month IS NULL
),
pairs AS (
    SELECT debtor.*, night.on AS night_on, coalesce(gone.rank, 0) AS gone_rank, lumps.account_id IS NOT NULL AS has_lump,
           CASE next_action_code
               WHEN 'reminder' THEN claim_due_on + $reminder_days::INTEGER
               WHEN 'sms' THEN greatest(claim_due_on + to_months($sms_months::INTEGER),
                                        coalesce(previous_stage_on + $sms_wait::INTEGER, DATE '1900-01-01'))
               WHEN 'debt_receipt' THEN greatest(claim_due_on + to_months($receipt_months::INTEGER),
                                                 coalesce(previous_stage_on + $receipt_wait::INTEGER, DATE '1900-01-01'))
           END::DATE AS day_on,
           CASE next_action_code WHEN 'reminder' THEN $reminder_least WHEN 'sms' THEN $sms_least
                                 WHEN 'debt_receipt' THEN $receipt_least END::DECIMAL(18, 2) AS least_rub
    FROM read_parquet($debtors) AS debtor CROSS JOIN night
    LEFT JOIN gone USING (episode_id)
    LEFT JOIN lumps ON lumps.account_id = debtor.account_id AND lumps.creditor_id = debtor.creditor_id
    WHERE track_code = 'notice'
),
judged AS (
    SELECT pairs.*, last.rank AS last_rank, following.rank AS next_rank,
           CASE WHEN len(holds) = 0 AND claim_due_on IS NOT NULL AND claimed_rub >= least_rub THEN day_on END AS expected_on
    FROM pairs JOIN ranks AS last ON last.stage_code = coalesce(previous_stage_code, 'none')
    JOIN ranks AS following ON following.stage_code = next_action_code
)
SELECT account_id, claimed_rub AS difference_rub FROM judged
WHERE last_rank < gone_rank OR (next_rank > 0 AND next_rank <= last_rank)
   OR (NOT has_lump AND next_action_on IS DISTINCT FROM expected_on)
   OR stage_code <> CASE WHEN next_action_on <= night_on THEN next_action_code ELSE coalesce(previous_stage_code, 'none') END
ORDER BY account_id
