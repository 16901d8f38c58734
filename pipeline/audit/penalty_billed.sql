-- What is told as billed is the lines of the cycle's documents with a batch of penalties, older versions left out.
WITH replaced AS (
    SELECT supersedes_document_id AS document_id FROM read_parquet($billing_documents)
    WHERE supersedes_document_id IS NOT NULL
),
again AS (
    SELECT document_id FROM read_parquet($billing_documents)
    WHERE supersedes_document_id IS NOT NULL
      AND supersedes_document_id NOT IN (SELECT document_id FROM read_parquet($billing_documents))
),
entries AS (
    SELECT account_id, creditor_id, CAST(billed_rub * 100 AS BIGINT) AS kop FROM read_parquet($penalty_proposals)
    WHERE billed_rub <> 0
    UNION ALL
    SELECT account_id, split_part(batch_id, ':penalty:', 2), -payable_kop FROM read_parquet($charges)
    WHERE batch_id LIKE '%:penalty:%' AND document_id NOT IN (SELECT document_id FROM replaced)
      AND document_id NOT IN (SELECT document_id FROM again)
)
SELECT account_id, CAST(sum(kop) AS BIGINT) AS difference_kop
FROM entries GROUP BY account_id, creditor_id HAVING sum(kop) <> 0
ORDER BY account_id
