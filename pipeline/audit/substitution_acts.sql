-- An act names a meter of its own account; one that names no such meter changes nothing.
SELECT act.account_id FROM read_parquet($meter_acts_here) AS act
ANTI JOIN read_parquet($meters) AS meter ON meter.meter_id = act.meter_id AND meter.account_id = act.account_id
ORDER BY act.account_id
