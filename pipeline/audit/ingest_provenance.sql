-- Every staged row names a delivery of this month or of a closed one, and its row.
WITH staged AS (
    SELECT 'billing_documents' AS table_name, delivery_id, row_number, received_at FROM read_parquet($billing_documents)
    UNION ALL SELECT 'charges', delivery_id, row_number, received_at FROM read_parquet($charges)
    UNION ALL SELECT 'payments', delivery_id, row_number, received_at FROM read_parquet($payments)
    UNION ALL SELECT 'payment_reversals', delivery_id, row_number, received_at FROM read_parquet($payment_reversals)
    UNION ALL SELECT 'meter_readings', delivery_id, row_number, received_at FROM read_parquet($meter_readings)
    UNION ALL SELECT 'bank_statements', delivery_id, row_number, received_at FROM read_parquet($bank_statements)
    UNION ALL SELECT 'remittances', delivery_id, row_number, received_at FROM read_parquet($posted_remittances)
    UNION ALL SELECT 'suspended_new', delivery_id, row_number, received_at FROM read_parquet($suspended_new)
)
SELECT table_name, count(*) AS found FROM staged
WHERE delivery_id IS NULL OR length(delivery_id) <> 64 OR row_number IS NULL OR row_number < 1 OR received_at IS NULL
GROUP BY ALL
UNION ALL
SELECT table_name, count(*) FROM (
    SELECT table_name, delivery_id, row_number FROM staged GROUP BY ALL HAVING count(*) > 1
) GROUP BY ALL
ORDER BY 1
