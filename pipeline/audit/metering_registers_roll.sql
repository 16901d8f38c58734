-- The register of each meter is its last accepted reading of the cycle, or that of the state.
WITH told AS (
    SELECT meter_id, coalesce(zone_code, '') AS zone, arg_max(raw_value, charge_month) AS raw_value, max(read_on) AS read_on
    FROM read_parquet($consumption) WHERE verdict_code = 'accepted' GROUP BY ALL
)
SELECT memory.account_id
FROM read_parquet($meter_memory) AS memory
LEFT JOIN told ON told.meter_id = memory.meter_id AND told.zone = coalesce(memory.zone_code, '')
LEFT JOIN read_parquet($state_memory) AS before
  ON before.meter_id = memory.meter_id AND coalesce(before.zone_code, '') = coalesce(memory.zone_code, '')
WHERE memory.last_value IS DISTINCT FROM coalesce(told.raw_value, before.last_value)
   OR memory.last_read_on IS DISTINCT FROM coalesce(told.read_on, before.last_read_on)
UNION ALL
-- A meter read in the cycle is remembered.
SELECT reading.account_id
FROM read_parquet($consumption) AS reading
LEFT JOIN read_parquet($meter_memory) AS memory
  ON memory.meter_id = reading.meter_id AND coalesce(memory.zone_code, '') = coalesce(reading.zone_code, '')
WHERE reading.verdict_code = 'accepted' AND memory.meter_id IS NULL
ORDER BY account_id
