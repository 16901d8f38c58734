-- Every house, service and cause whose bills leave the band, and every cause that does over the whole book, is in the
-- queue with its difference; no other is.
WITH differing AS (
    SELECT coalesce(house_id, '-') AS house, service_code, cause_code, billed_rub - rated_rub AS rub
    FROM read_parquet($charge_audit_totals) WHERE outcome_code = 'differs'
),
expected AS (
    SELECT house || '|' || service_code || '|' || cause_code AS subject, abs(rub) AS rub FROM differing
    WHERE abs(rub) >= CAST($house_band_rub AS DECIMAL(18, 2))
    UNION ALL
    SELECT '*|*|' || cause_code, abs(sum(rub)) FROM differing GROUP BY cause_code
    HAVING abs(sum(rub)) >= CAST($cause_band_rub AS DECIMAL(18, 2))
),
queued AS (SELECT subject_id AS subject, effect_rub AS rub FROM read_parquet($work_queue) WHERE kind_code = 'charges_differ')
SELECT subject, coalesce(queued.rub, 0) - coalesce(expected.rub, 0) AS difference_rub
FROM expected FULL JOIN queued USING (subject)
WHERE expected.rub IS DISTINCT FROM queued.rub
ORDER BY subject
