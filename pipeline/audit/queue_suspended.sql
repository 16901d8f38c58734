-- Every suspended payment and reversal is in the queue once, with its own money; the queue names no other.
WITH waiting AS (
    SELECT suspended_id AS subject, abs(amount_rub) AS rub,
           CASE WHEN amount_rub > 0 THEN 'suspended_payment' ELSE 'suspended_reversal' END AS kind_code
    FROM read_parquet($suspended_payments)
),
queued AS (
    SELECT payment_id AS subject, effect_rub AS rub, kind_code FROM read_parquet($work_queue)
    WHERE kind_code IN ('suspended_payment', 'suspended_reversal')
)
SELECT coalesce(waiting.subject, queued.subject) AS subject, coalesce(queued.rub, 0) - coalesce(waiting.rub, 0) AS difference_rub
FROM waiting FULL JOIN queued USING (subject, kind_code)
WHERE waiting.rub IS DISTINCT FROM queued.rub
ORDER BY subject
