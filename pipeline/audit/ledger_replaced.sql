-- No money lies on an item of a document that a newer version has replaced in this cycle: what the movements of this
-- month and of the months since its billing have laid there, they have taken away, by a reversal or by the new version.
WITH replaced AS (
    SELECT DISTINCT supersedes_document_id AS document_id FROM read_parquet($billing_documents)
    WHERE supersedes_document_id IS NOT NULL
),
laid AS (
    SELECT account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month, allocated_rub
    FROM read_parquet($moved) SEMI JOIN replaced USING (document_id)
)
SELECT account_id, CAST(sum(allocated_rub) * 100 AS BIGINT) AS difference_kop
FROM laid GROUP BY account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month
HAVING sum(allocated_rub) <> 0
ORDER BY account_id, difference_kop
