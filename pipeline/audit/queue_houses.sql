-- Every house that does not fit its flats and is worth the threshold is in the queue with what is at stake, and no
-- other; of houses that their meter could not correct, those that a person has to look at, once each.
WITH waiting AS (
    SELECT house_id || '|' || service_code AS subject, abs(effect_rub) AS rub FROM read_parquet($house_balances)
    WHERE outcome_code IN ('differs', 'flats_exceed') AND abs(effect_rub) >= CAST($from_rub AS DECIMAL(18, 2))
    UNION ALL
    SELECT 'correction ' || house_id || '|' || min(service_code), 0 FROM read_parquet($house_corrections)
    WHERE reason_code IN ('mode_changed', 'bill_missing', 'other_premises_unknown') GROUP BY house_id
),
queued AS (
    SELECT if(kind_code = 'house_balance', '', 'correction ') || subject_id AS subject, effect_rub AS rub
    FROM read_parquet($work_queue) WHERE kind_code IN ('house_balance', 'house_correction')
)
SELECT subject, coalesce(queued.rub, 0) - coalesce(waiting.rub, 0) AS difference_rub
FROM waiting FULL JOIN queued USING (subject)
WHERE waiting.rub IS DISTINCT FROM queued.rub
ORDER BY subject
