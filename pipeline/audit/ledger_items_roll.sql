-- Item by item: open before + lines of the cycle's documents − movements = open now. Items that a new version has
-- replaced are withdrawn: they must not be open, and no money may lie on them.
WITH documents AS (SELECT * FROM read_parquet($billing_documents)),
replaced AS (
    SELECT DISTINCT supersedes_document_id AS document_id FROM documents WHERE supersedes_document_id IS NOT NULL
),
lines AS (
    SELECT d.account_id, l.document_id, c.creditor_id, l.contract_id, l.service_code,
           CASE WHEN s.class_code IN ('utility', 'housing') THEN 'principal' ELSE s.class_code END AS debt_kind_code,
           l.charge_month, CAST(l.payable_kop AS HUGEINT) AS kop
    FROM read_parquet($charges) AS l
    JOIN documents AS d ON d.document_id = l.document_id
    LEFT JOIN read_parquet($service_contracts) AS c ON c.contract_id = l.contract_id
    LEFT JOIN read_parquet($services) AS s ON s.service_code = l.service_code
),
entries AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
           CAST(outstanding_rub * 100 AS HUGEINT) AS kop, false AS is_now
    FROM read_parquet($state_open_items)
    UNION ALL
    SELECT *, false FROM lines
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
           -CAST(allocated_rub * 100 AS HUGEINT), false
    FROM read_parquet($payment_allocations)
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
           -CAST(outstanding_rub * 100 AS HUGEINT), true
    FROM read_parquet($open_items)
),
items AS (
    SELECT account_id, document_id, sum(kop) AS kop, bool_or(is_now) AS is_open_now
    FROM entries
    GROUP BY account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month
)
SELECT i.account_id, CAST(i.kop AS BIGINT) AS difference_kop
FROM items AS i LEFT JOIN replaced AS r ON r.document_id = i.document_id
WHERE (r.document_id IS NULL AND i.kop <> 0) OR (r.document_id IS NOT NULL AND i.is_open_now)
ORDER BY i.account_id, difference_kop
