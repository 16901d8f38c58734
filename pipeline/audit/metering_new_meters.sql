-- Meters read in the cycle that the part did not know before: new ones, and those that another part knows.
SELECT DISTINCT reading.meter_id
FROM read_parquet($consumption) AS reading
LEFT JOIN read_parquet($state_memory) AS before ON before.meter_id = reading.meter_id
WHERE reading.verdict_code = 'accepted' AND before.meter_id IS NULL
ORDER BY reading.meter_id
