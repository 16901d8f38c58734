-- What each document of the cycle charged for its own month for a utility service, once more from its lines.
WITH told AS (
    SELECT account_id, document_id, service_code, billing_month, supersedes_document_id, sum(charged_kop)::BIGINT AS fee_kop
    FROM read_parquet($charges) AS line JOIN (
        SELECT document_id, billing_month, supersedes_document_id FROM read_parquet($billing_documents)
    ) AS document USING (document_id)
    SEMI JOIN (FROM read_parquet($services) WHERE class_code = 'utility') AS utility USING (service_code)
    WHERE charge_month = billing_month GROUP BY ALL
),
found AS (
    SELECT account_id, document_id, service_code, billing_month, supersedes_document_id, (fee_rub * 100)::BIGINT AS fee_kop
    FROM read_parquet($service_fees)
)
SELECT account_id FROM ((FROM told EXCEPT FROM found) UNION ALL (FROM found EXCEPT FROM told)) ORDER BY account_id
