-- Movements name items that exist: billed in the cycle, open before, or taken back now (an item of an older month, or
-- the credit of a replaced document of an older month);
-- a negative row is a reversal, a new version's or a credit's, and a reversal names its reversal.
WITH known AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code FROM read_parquet($state_open_items)
    UNION
    SELECT d.account_id, l.document_id, c.creditor_id, l.contract_id, l.service_code
    FROM read_parquet($charges) AS l
    JOIN read_parquet($billing_documents) AS d ON d.document_id = l.document_id
    LEFT JOIN read_parquet($service_contracts) AS c ON c.contract_id = l.contract_id
    UNION
    SELECT account_id, document_id, creditor_id, contract_id, service_code FROM read_parquet($payment_allocations)
    WHERE (rule_code IN ('reversal', 'superseded') AND allocated_rub < 0)
       OR (rule_code = 'superseded' AND origin_code = 'credit')
)
SELECT m.account_id, CAST(m.allocated_rub * 100 AS BIGINT) AS difference_kop
FROM read_parquet($payment_allocations) AS m
LEFT JOIN known AS k ON k.account_id = m.account_id AND k.document_id = m.document_id
    AND k.creditor_id = m.creditor_id AND k.contract_id = m.contract_id AND k.service_code = m.service_code
WHERE k.account_id IS NULL OR m.allocated_rub = 0
   OR (m.allocated_rub < 0 AND m.rule_code NOT IN ('reversal', 'superseded', 'credit'))
   OR ((m.rule_code = 'reversal') <> (m.reversal_id IS NOT NULL))
ORDER BY m.account_id
