-- received = accepted + repeated + superseded + suspended + quarantined, in rows, and without quarantine in money.
SELECT delivery_id, table_name, received_rows AS expected,
       accepted_rows + repeated_rows + superseded_rows + suspended_rows + quarantined_rows AS found,
       accepted_rows + repeated_rows + superseded_rows + suspended_rows + quarantined_rows - received_rows AS difference
FROM read_parquet($deliveries)
WHERE received_rows <> accepted_rows + repeated_rows + superseded_rows + suspended_rows + quarantined_rows
   OR received_rub <> accepted_rub + repeated_rub + superseded_rub + suspended_rub
   OR (table_name IN ('payments', 'payment_reversals') AND quarantined_rows > 0)
ORDER BY 2, 1
