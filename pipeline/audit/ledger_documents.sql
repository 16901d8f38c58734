-- Documents: Σ lines = billed_documents + what its own negative items moved (credit movements on its items).
WITH entries AS (
    SELECT d.account_id, d.document_id, CAST(l.payable_kop AS HUGEINT) AS kop
    FROM read_parquet($charges) AS l JOIN read_parquet($billing_documents) AS d ON d.document_id = l.document_id
    UNION ALL
    SELECT account_id, document_id, -CAST(billed_rub * 100 AS HUGEINT) FROM read_parquet($billed_documents)
    UNION ALL
    SELECT account_id, document_id, -CAST(allocated_rub * 100 AS HUGEINT)
    FROM read_parquet($payment_allocations) WHERE rule_code = 'credit'
)
SELECT account_id, CAST(sum(kop) AS BIGINT) AS difference_kop
FROM entries GROUP BY account_id, document_id HAVING sum(kop) <> 0 ORDER BY account_id
