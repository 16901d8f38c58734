-- Registers of meters in one pass over a part: how many do not continue those before, had several readings accepted, had
-- one accepted in a month that was closed already, or are of meters that this part did not know before. What is not 0 is
-- looked at by the query of its promise. Registers (meter and zone) are named by hashes, which join twice as fast.
WITH told AS (
    SELECT hash(meter_id, coalesce(zone_code, '')) AS register, arg_max(raw_value, charge_month) AS raw_value,
           max(read_on) AS read_on, min(charge_month) AS first_month, count(*) AS readings
    FROM read_parquet($consumption) WHERE verdict_code = 'accepted' GROUP BY register
),
registers AS (
    SELECT hash(meter_id, coalesce(zone_code, '')) AS register, last_value, last_read_on FROM read_parquet($meter_memory)
),
before AS (
    SELECT hash(meter_id, coalesce(zone_code, '')) AS register, last_value, last_read_on, last_actual_month
    FROM read_parquet($state_memory)
)
SELECT count(*) FILTER (
           memory.register IS NULL
           OR memory.last_value IS DISTINCT FROM coalesce(told.raw_value, before.last_value)
           OR memory.last_read_on IS DISTINCT FROM coalesce(told.read_on, before.last_read_on)) AS not_continued,
       count(*) FILTER (told.readings > 1) AS read_twice,
       count(*) FILTER (told.first_month <= before.last_actual_month) AS read_before,
       count(*) FILTER (told.register IS NOT NULL AND before.register IS NULL) AS unknown_before
FROM registers AS memory FULL JOIN told USING (register)
LEFT JOIN before ON before.register = coalesce(memory.register, told.register)
