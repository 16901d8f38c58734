-- An advance waits only while its account has no open principal or capital-repair item, limitation not passed, that
-- its ring fence (creditor, months of its contract) lets it pay.
WITH contracts AS (
    SELECT contract_reference, min(from_month) AS from_month, max(to_month) AS to_month
    FROM read_parquet($advance_contracts) GROUP BY contract_reference
)
SELECT DISTINCT a.account_id, CAST(a.amount_rub * 100 AS BIGINT) AS difference_kop
FROM read_parquet($advances) AS a
JOIN read_parquet($open_items) AS i ON i.account_id = a.account_id
LEFT JOIN contracts AS c ON c.contract_reference = a.contract_reference
WHERE i.debt_kind_code IN ('principal', 'capital_repair') AND i.document_type_code <> 'penalty'
  AND NOT i.is_time_barred
  AND (a.creditor_id IS NULL OR a.creditor_id = i.creditor_id)
  AND (a.contract_reference IS NULL OR i.billing_month BETWEEN c.from_month AND c.to_month)
ORDER BY a.account_id
