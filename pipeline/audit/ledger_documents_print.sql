-- The promise of ledger_documents in one number, as ledger_items_roll_print does it: Σ kopecks × weight of the document.
WITH entries AS (
    SELECT account_id, document_id, CAST(payable_kop AS HUGEINT) AS kop FROM read_parquet($charges)
    UNION ALL
    SELECT account_id, document_id, -CAST(billed_rub * 100 AS HUGEINT) FROM read_parquet($billed_documents)
    UNION ALL
    SELECT account_id, document_id, -CAST(allocated_rub * 100 AS HUGEINT)
    FROM read_parquet($payment_allocations) WHERE rule_code = 'credit'
)
SELECT coalesce(sum(kop * CAST(hash(account_id, document_id) >> 20 AS HUGEINT)), 0) = 0 AS holds FROM entries
