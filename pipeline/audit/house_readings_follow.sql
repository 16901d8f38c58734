-- An accepted register of a house stands above the one before it by its volume; what was told as a volume is that
-- volume; of a meter and month one reading counts. What stands before the first register of a meter is what it showed on
-- the day on which another meter of the place was taken off.
SELECT reading_id AS subject
FROM read_parquet($house_readings)
WHERE verdict_code = 'accepted' AND (
    volume IS DISTINCT FROM coalesce(told_volume, value - previous_value)
    OR (volume IS NOT NULL AND covered_months IS DISTINCT FROM
        CASE WHEN told_volume IS NOT NULL THEN 1 ELSE datediff('month', previous_month, charge_month) END)
)
UNION ALL
SELECT meter_id FROM read_parquet($house_readings) WHERE verdict_code = 'accepted'
GROUP BY meter_id, charge_month HAVING count(*) > 1
UNION ALL
SELECT now.reading_id FROM read_parquet($house_readings) AS now JOIN read_parquet($state_house_readings) AS past
  ON past.meter_id = now.meter_id AND past.verdict_code = 'accepted' AND now.verdict_code = 'accepted'
WHERE now.reading_id <> past.reading_id AND (
    now.charge_month <= past.charge_month OR now.value < past.value
    OR now.house_id <> past.house_id OR now.service_code <> past.service_code
)
UNION ALL
SELECT past.meter_id FROM read_parquet($state_house_readings) AS past
WHERE past.verdict_code = 'accepted' AND past.meter_id NOT IN (
    SELECT meter_id FROM read_parquet($house_readings) WHERE verdict_code = 'accepted')
UNION ALL
SELECT now.reading_id FROM read_parquet($house_readings) AS now
WHERE verdict_code = 'accepted' AND NOT is_carried AND previous_value IS NOT NULL
  AND NOT EXISTS (
      SELECT 1 FROM (
          SELECT meter_id, charge_month, value FROM read_parquet($house_readings) WHERE verdict_code = 'accepted'
          UNION ALL
          SELECT meter_id, charge_month, value FROM read_parquet($state_house_readings) WHERE verdict_code = 'accepted'
      ) AS past
      WHERE past.meter_id = now.meter_id AND past.charge_month = now.previous_month AND past.value = now.previous_value)
  AND NOT EXISTS (
      SELECT 1 FROM read_parquet($house_readings) AS opening
      JOIN (
          SELECT * FROM read_parquet($house_readings) WHERE is_last
          UNION ALL BY NAME SELECT * FROM read_parquet($state_house_readings) WHERE is_last
      ) AS closing USING (house_id, service_code, read_on)
      WHERE opening.meter_id = now.meter_id AND opening.value = now.previous_value AND closing.meter_id <> now.meter_id
        AND opening.charge_month = now.previous_month + INTERVAL 1 MONTH)
ORDER BY subject
