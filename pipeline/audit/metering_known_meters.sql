-- Every accepted reading is of a meter of the register, of the account that the register gives it.
SELECT reading.account_id
FROM read_parquet($consumption) AS reading
LEFT JOIN read_parquet($meters) AS meter
  ON meter.meter_id = reading.meter_id AND meter.account_id = reading.account_id
WHERE reading.verdict_code = 'accepted' AND meter.meter_id IS NULL
ORDER BY reading.account_id
