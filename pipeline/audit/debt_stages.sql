-- The notice track anew: the last stage is no earlier than what the journal says left in the episode, the next one comes
-- after it, on the later of its age and its wait, once the claim is large enough, and tonight's stage follows from that.
-- A mandate may have its own stages, sums and ages. Receipts leave lump sums out, so pairs with lumps are held to the order
-- of stages only. A stage is passed over only when the book or the mandate lacks it, when it cannot reach the one adult whom
-- the registers name first, or when a debt that is enough for a receipt is too small for a call.
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
           END) AS least_rub,
           greatest($contact_least::DECIMAL(18, 2), coalesce(call_min_kop * 0.01, $call_least::DECIMAL(18, 2))) AS call_rub,
           greatest($contact_least::DECIMAL(18, 2), coalesce(debt_receipt_min_kop * 0.01, $receipt_least::DECIMAL(18, 2)))
               AS receipt_rub
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
),
skipping AS (
    SELECT * FROM judged WHERE last_rank + 1 < CASE next_rank WHEN 0 THEN 5 ELSE next_rank END
),
holders AS (
    SELECT account.account_id, person_id, birth_on, night.on AS night_on,
           CASE WHEN closed_on <= night.on THEN valid_from ELSE DATE '1900-01-01' END AS since,
           list_position(CASE account_kind_code WHEN 'municipal_tenant' THEN ['tenant', 'owner', 'joint_owner']
                              ELSE ['owner', 'joint_owner', 'tenant'] END, role_code) AS rank
    FROM read_parquet($accounts) AS account SEMI JOIN skipping USING (account_id) CROSS JOIN night
    JOIN read_parquet($rights) AS held
      ON held.premises_id = account.premises_id
     AND least(coalesce(closed_on, night.on), night.on) BETWEEN held.valid_from AND coalesce(held.valid_to, DATE '9999-12-31')
    LEFT JOIN (SELECT DISTINCT person_id, birth_on FROM read_parquet($persons)) USING (person_id)
),
addressees AS (
    SELECT account_id, arg_min(person_id, (rank, since, person_id)) AS person_id, any_value(night_on) AS night_on FROM holders
    WHERE rank IS NOT NULL AND coalesce(birth_on + to_years($adult_years::INTEGER) <= night_on, true) GROUP BY ALL
),
came_back AS (
    SELECT person_id, max(outcome_on) AS told_on
    FROM read_parquet($dunning_outcomes) JOIN read_parquet($dispatches) USING (action_id) CROSS JOIN night
    WHERE outcome_code IN ('wrong_number', 'refused') AND outcome_on <= night.on AND person_id IS NOT NULL GROUP BY ALL
),
-- phones written as registers nearly always write them; the others are not asked about here
reached AS (
    SELECT DISTINCT account_id, has_sms_consent AS may_remind,
           phone_verified_on <= night_on AND (coalesce(has_call_consent, false) OR NOT $consent_needed::BOOLEAN) AS may_call
    FROM addressees JOIN read_parquet($contacts) AS contact USING (person_id) LEFT JOIN came_back USING (person_id)
    WHERE regexp_matches(phone, $plain_mobile) AND NOT has_opted_out AND (told_on IS NULL OR phone_verified_on > told_on)
),
passed_over AS (
    SELECT skipping.account_id, skipping.claimed_rub, unnest([
        {'rank': 1, 'code': 'reminder', 'is_open': has_reminder IS NOT FALSE AND may_remind},
        {'rank': 2, 'code': 'sms', 'is_open': has_sms IS NOT FALSE AND reached.account_id IS NOT NULL},
        {'rank': 3, 'code': 'call', 'is_open': has_call IS NOT FALSE AND may_call AND $calls_made::BOOLEAN AND NOT has_lump
            AND NOT (claimed_rub < call_rub AND claimed_rub >= receipt_rub AND has_debt_receipt IS NOT FALSE)},
        {'rank': 4, 'code': 'debt_receipt', 'is_open': has_debt_receipt IS NOT FALSE AND NOT has_lump}
    ]) AS stage, last_rank, next_rank
    FROM skipping LEFT JOIN reached USING (account_id)
)
SELECT account_id, claimed_rub AS difference_rub FROM judged
WHERE last_rank < gone_rank
   OR CASE next_action_code WHEN 'reminder' THEN NOT has_reminder WHEN 'sms' THEN NOT has_sms WHEN 'call' THEN NOT has_call
                            WHEN 'debt_receipt' THEN NOT has_debt_receipt END
   OR (next_rank > 0 AND next_rank <= last_rank)
   OR (NOT has_lump AND next_action_on IS DISTINCT FROM expected_on)
   OR stage_code <> CASE WHEN next_action_on <= night_on THEN next_action_code ELSE coalesce(previous_stage_code, 'none') END
UNION
SELECT account_id, claimed_rub FROM passed_over
WHERE stage.is_open AND contains(',' || $stages || ',', ',' || stage.code || ',')
  AND stage.rank > last_rank AND (next_rank = 0 OR stage.rank < next_rank)
ORDER BY account_id
