-- Share of refused rows of each feed, in thousandths.
SELECT table_name, CAST(sum(quarantined_rows) AS BIGINT) AS found, CAST(sum(received_rows) AS BIGINT) AS received,
       CAST(1000 * sum(quarantined_rows) // sum(received_rows) AS BIGINT) AS per_mille
FROM read_parquet($deliveries) WHERE dated_by_code <> 'snapshot' GROUP BY table_name
HAVING 1000 * sum(quarantined_rows) > CAST($threshold AS BIGINT) * sum(received_rows)
ORDER BY table_name
