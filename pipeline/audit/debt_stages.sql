-- The notice track anew: the last stage is no earlier than what the journal says left in the episode, the next one comes
-- after it, on the later of its age and its wait, once the claim is large enough, and tonight's stage follows from that.
-- A mandate may have its own stages, sums and ages. Receipts leave lump sums out, so pairs with lumps are held to the order
-- of stages only.
WITH night AS (SELECT max(run_on) AS on FROM read_parquet($debtor_lists)),
ranks AS (
    FROM (VALUES ('none', 0), ('reminder', 1), ('sms', 2), ('call', 3), ('debt_receipt', 4)) AS t (stage_code, rank)
),
gone AS (
    SELECT episode_id, max(rank) AS rank FROM read_parquet($dispatches) JOIN ranks USING (stage_code) GROUP BY ALL
),
lumps AS (
    SELECT DISTINCT account_id, creditor_id FROM read_parquet($open_items)
    WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0 AND NOT is_disputed AND charge_month IS NULL
),
terms AS (
    SELECT mandate.* FROM read_parquet($mandates) AS mandate, night WHERE from_on <= night.on
    QUALIFY row_number() OVER (PARTITION BY mandate_id ORDER BY from_on DESC, registered_at DESC, event_id DESC) = 1
),
pairs AS (
    SELECT debtor.*, night.on AS night_on, coalesce(gone.rank, 0) AS gone_rank, lumps.account_id IS NOT NULL AS has_lump,
           has_reminder, has_sms, has_call, has_debt_receipt,
           CASE next_action_code
               WHEN 'reminder' THEN claim_due_on + $reminder_days::INTEGER
               WHEN 'sms' THEN greatest(claim_due_on + to_months(coalesce(sms_months_overdue_min, $sms_months::INTEGER)),
                                        coalesce(previous_stage_on + $sms_wait::INTEGER, DATE '1900-01-01'))
               WHEN 'call' THEN greatest(claim_due_on + to_months(coalesce(call_months_overdue_min, $call_months::INTEGER)),
                                         coalesce(previous_stage_on + $call_wait::INTEGER, DATE '1900-01-01'))
               WHEN 'debt_receipt' THEN greatest(
                   claim_due_on + to_months(coalesce(debt_receipt_months_overdue_min, $receipt_months::INTEGER)),
                   coalesce(previous_stage_on + $receipt_wait::INTEGER, DATE '1900-01-01'))
           END::DATE AS day_on,
           greatest($contact_least::DECIMAL(18, 2), CASE next_action_code
               WHEN 'reminder' THEN $reminder_least::DECIMAL(18, 2)
               WHEN 'sms' THEN coalesce(sms_min_kop * 0.01, $sms_least::DECIMAL(18, 2))
               WHEN 'call' THEN coalesce(call_min_kop * 0.01, $call_least::DECIMAL(18, 2))
               WHEN 'debt_receipt' THEN coalesce(debt_receipt_min_kop * 0.01, $receipt_least::DECIMAL(18, 2))
           END) AS least_rub
    FROM read_parquet($debtors) AS debtor CROSS JOIN night
    LEFT JOIN gone USING (episode_id)
    LEFT JOIN terms USING (mandate_id)
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
WHERE last_rank < gone_rank
   OR CASE next_action_code WHEN 'reminder' THEN NOT has_reminder WHEN 'sms' THEN NOT has_sms WHEN 'call' THEN NOT has_call
                            WHEN 'debt_receipt' THEN NOT has_debt_receipt END
   OR (next_rank > 0 AND next_rank <= last_rank)
   OR (NOT has_lump AND next_action_on IS DISTINCT FROM expected_on)
   OR stage_code <> CASE WHEN next_action_on <= night_on THEN next_action_code ELSE coalesce(previous_stage_code, 'none') END
ORDER BY account_id
