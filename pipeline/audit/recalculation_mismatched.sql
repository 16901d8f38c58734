-- Proposals that a document billed for another sum, or that the biller settled for another sum than we propose.
SELECT account_id, CAST((coalesce(billed_rub, difference_rub) - difference_rub) * 100 AS BIGINT) AS difference_kop
FROM read_parquet($recalculations)
WHERE status_code = 'mismatch' OR (status_code = 'settled_by_biller' AND billed_rub <> difference_rub)
ORDER BY account_id
