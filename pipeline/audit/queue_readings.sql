-- Every open doubt about a reading that is worth the threshold is in the queue with what is at stake, and no other is.
WITH waiting AS (
    SELECT reading_id AS subject, abs(effect_rub) AS rub FROM read_parquet($reading_doubts)
    WHERE is_open AND abs(effect_rub) >= CAST($from_rub AS DECIMAL(18, 2))
),
queued AS (
    SELECT subject_id AS subject, effect_rub AS rub FROM read_parquet($work_queue) WHERE kind_code = 'doubtful_reading'
)
SELECT coalesce(waiting.subject, queued.subject) AS subject, coalesce(queued.rub, 0) - coalesce(waiting.rub, 0) AS difference_rub
FROM waiting FULL JOIN queued USING (subject)
WHERE waiting.rub IS DISTINCT FROM queued.rub
ORDER BY subject
