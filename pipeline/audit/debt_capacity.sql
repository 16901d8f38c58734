-- Lists that are longer than one night can work off, where the book has set a limit (empty is none). Of court it counts cases.
WITH told AS (
    SELECT list_code, CASE list_code WHEN 'court_list' THEN (SELECT count(DISTINCT case_id) FROM read_parquet($court_list)) ELSE rows END AS rows
    FROM read_parquet($debtor_lists)
)
SELECT list_code AS account_id, rows - CAST(most AS BIGINT) AS rows_too_many
FROM told
JOIN (VALUES ('sms_list', $sms_most), ('call_list', $calls_most), ('debt_receipts', $receipts_most), ('court_list', $court_most))
     AS limits(list_code, most) USING (list_code)
WHERE rows > TRY_CAST(most AS BIGINT)
ORDER BY account_id
