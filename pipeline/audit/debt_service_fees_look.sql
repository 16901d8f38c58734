-- What each document of the cycle charged for its own month for a utility service, once more from its lines, in one pass:
-- Σ kopecks × weight as in `ledger_look`, the weight a hash of the fee and of what is told of it. Fees of nothing, which
-- sums do not see, are looked up: their lines and their rows. Where anything is not 0, `debt_service_fees` is asked.
WITH lines AS (
    SELECT charged_kop, hash(document_id, service_code) AS fee,
           hash(hash(account_id, document_id, service_code, billing_month, supersedes_document_id)) AS told
    FROM (SELECT account_id, document_id, service_code, charge_month, charged_kop FROM read_parquet($charges)
          SEMI JOIN (FROM read_parquet($services) WHERE class_code = 'utility') AS utility USING (service_code))
    JOIN (SELECT document_id, billing_month, supersedes_document_id FROM read_parquet($billing_documents)) USING (document_id)
    WHERE charge_month = billing_month
),
fees AS (
    SELECT CAST(fee_rub * 100 AS BIGINT) AS fee_kop, hash(document_id, service_code) AS fee,
           hash(hash(account_id, document_id, service_code, billing_month, supersedes_document_id)) AS told
    FROM read_parquet($service_fees)
)
SELECT (SELECT coalesce(sum(charged_kop * CAST(told >> 32 AS BIGINT)), 0) FROM lines)
       - (SELECT coalesce(sum(fee_kop * CAST(told >> 32 AS BIGINT)), 0) FROM fees) AS sums,
       (SELECT count(*) FROM (SELECT fee FROM lines WHERE charged_kop <= 0) ANTI JOIN fees USING (fee)) AS missing,
       (SELECT count(*) FROM (SELECT fee FROM fees WHERE fee_kop = 0) ANTI JOIN lines USING (fee)) AS unknown
