-- The promise of ledger_items_roll in one number: Σ kopecks × weight of the item, the weight a hash of its whole key. If
-- every item rolls to the kopeck the number is 0; if one does not, it is 0 by a chance of 2⁻⁴⁴. No row is grouped or
-- sorted. Where it is not 0, ledger_items_roll says which items.
WITH replaced AS (
    SELECT DISTINCT supersedes_document_id AS document_id FROM read_parquet($billing_documents)
    WHERE supersedes_document_id IS NOT NULL
),
entries AS (
    SELECT d.account_id, l.document_id, c.creditor_id, l.contract_id, l.service_code,
           CASE WHEN s.class_code IN ('utility', 'housing') THEN 'principal' ELSE s.class_code END AS debt_kind_code,
           l.charge_month, CAST(l.payable_kop AS HUGEINT) AS kop, false AS is_now
    FROM read_parquet($charges) AS l
    JOIN read_parquet($billing_documents) AS d ON d.document_id = l.document_id
    LEFT JOIN read_parquet($service_contracts) AS c ON c.contract_id = l.contract_id
    LEFT JOIN read_parquet($services) AS s ON s.service_code = l.service_code
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
           CAST(outstanding_rub * 100 AS HUGEINT), false FROM read_parquet($state_open_items)
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
           -CAST(allocated_rub * 100 AS HUGEINT), false FROM read_parquet($payment_allocations)
    UNION ALL
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month,
           -CAST(outstanding_rub * 100 AS HUGEINT), true FROM read_parquet($open_items)
)
SELECT coalesce(sum(kop * CAST(hash(account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code,
                                    charge_month) >> 20 AS HUGEINT))
                FILTER (document_id NOT IN (SELECT document_id FROM replaced)), 0) = 0
       AND count(*) FILTER (is_now AND document_id IN (SELECT document_id FROM replaced)) = 0 AS holds
FROM entries
