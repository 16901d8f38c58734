-- Proposals that a document billed for another sum, that the biller settled for another sum than we propose, or that stay
-- open because he recalculated something else.
SELECT account_id, CAST((coalesce(billed_rub, difference_rub) - difference_rub) * 100 AS BIGINT) AS difference_kop
FROM read_parquet($recalculations)
WHERE status_code = 'mismatch' OR (status_code IN ('proposed', 'waits_for_approval') AND billed_rub IS NOT NULL)
   OR (status_code = 'settled_by_biller' AND billed_rub <> difference_rub)
ORDER BY account_id
