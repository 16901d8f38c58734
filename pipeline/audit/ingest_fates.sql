-- Rows accepted, suspended and refused, counted where they went to, against what `deliveries` says of them.
WITH went AS (
    SELECT 'accepted' AS fate, 'billing_documents' AS table_name, delivery_id FROM read_parquet($billing_documents)
    UNION ALL SELECT 'accepted', 'charges', delivery_id FROM read_parquet($charges)
    UNION ALL SELECT 'accepted', 'payments', delivery_id FROM read_parquet($payments)
    UNION ALL SELECT 'accepted', 'payment_reversals', delivery_id FROM read_parquet($payment_reversals)
              WHERE NOT is_correction
    UNION ALL SELECT 'accepted', 'meter_readings', delivery_id FROM read_parquet($meter_readings)
    UNION ALL SELECT 'accepted', 'bank_statements', delivery_id FROM read_parquet($bank_statements)
    UNION ALL SELECT 'accepted', 'remittances', delivery_id FROM read_parquet($posted_remittances)
    UNION ALL SELECT 'suspended', CASE WHEN amount_kop > 0 THEN 'payments' ELSE 'payment_reversals' END, delivery_id
              FROM read_parquet($suspended_new)
    UNION ALL SELECT 'quarantined', table_name, delivery_id FROM read_parquet($quarantine)
),
counted AS (SELECT fate, table_name, delivery_id, count(*) AS rows FROM went GROUP BY ALL),
listed AS (
    SELECT table_name, delivery_id, 'accepted' AS fate, sum(accepted_rows) AS rows
    FROM read_parquet($deliveries) GROUP BY ALL
    UNION ALL SELECT table_name, delivery_id, 'suspended', sum(suspended_rows) FROM read_parquet($deliveries) GROUP BY ALL
    UNION ALL SELECT table_name, delivery_id, 'quarantined', sum(quarantined_rows) FROM read_parquet($deliveries)
              GROUP BY ALL
)
SELECT l.delivery_id, l.table_name, l.fate, l.rows AS expected, coalesce(c.rows, 0) AS found,
       coalesce(c.rows, 0) - l.rows AS difference
FROM listed AS l LEFT JOIN counted AS c USING (fate, table_name, delivery_id)
WHERE coalesce(c.rows, 0) <> l.rows
  AND (l.fate <> 'accepted' OR l.table_name IN ('billing_documents', 'charges', 'payments', 'payment_reversals',
                                                'meter_readings', 'bank_statements', 'remittances'))
ORDER BY 2, 1, 3
