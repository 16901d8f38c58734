-- An advance waits only while its account has no open principal or capital-repair item, limitation not passed, that
-- its ring fence (creditor, months of its contract, fixed lines of a contract whose discount lasts) lets it pay.
WITH contracts AS (
    SELECT contract_reference, min(from_month) AS from_month, max(to_month) AS to_month
    FROM read_parquet($advance_contracts) GROUP BY contract_reference
),
fixed AS (
    SELECT DISTINCT t.account_id, t.contract_reference, s.service_code, t.from_month, t.to_month
    FROM read_parquet($advance_terms_at_start) AS t JOIN read_parquet($advance_schedule_at_start) AS s USING (event_id)
    WHERE t.status_code IN ('planned', 'awaits_money', 'running') AND s.planned_fee_kop IS NOT NULL
)
SELECT DISTINCT a.account_id, CAST(a.amount_rub * 100 AS BIGINT) AS difference_kop
FROM read_parquet($advances) AS a
JOIN read_parquet($open_items) AS i ON i.account_id = a.account_id
LEFT JOIN contracts AS c ON c.contract_reference = a.contract_reference
WHERE i.debt_kind_code IN ('principal', 'capital_repair') AND i.document_type_code <> 'penalty'
  AND NOT i.is_time_barred
  AND (a.creditor_id IS NULL OR a.creditor_id = i.creditor_id)
  AND (a.contract_reference IS NULL OR i.billing_month BETWEEN c.from_month AND c.to_month)
  AND ((a.account_id, a.contract_reference) NOT IN (SELECT (account_id, contract_reference) FROM fixed)
       OR a.contract_reference IS NULL
       OR EXISTS (
           SELECT 1 FROM fixed AS f
           WHERE f.account_id = a.account_id AND f.contract_reference = a.contract_reference
             AND f.service_code = i.service_code
             AND coalesce(i.charge_month, i.billing_month) BETWEEN f.from_month AND f.to_month))
ORDER BY a.account_id
