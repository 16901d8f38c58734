-- A line that differs is a line of the cycle, told with the charge that it bills.
SELECT audit.account_id, CAST((audit.billed_rub * 100 - coalesce(line.charged_kop, 0)) AS BIGINT) AS difference_kop
FROM read_parquet($charge_audit) AS audit
LEFT JOIN read_parquet($charges) AS line USING (document_id, line_number)
WHERE audit.billed_rub * 100 IS DISTINCT FROM line.charged_kop OR audit.account_id IS DISTINCT FROM line.account_id
ORDER BY ALL
